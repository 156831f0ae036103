import type { AvoidedNode } from '../../src/domain/avoided-node.js';
import type { AvoidedNodes } from '../../src/ports/avoided-nodes.js';

/** Failed nodes, in memory (test/contract/avoided-nodes.test.ts runs against this and the database). */
export class FakeAvoidedNodes implements AvoidedNodes {
  rows: readonly AvoidedNode[] = [];

  of(host: string): Promise<readonly AvoidedNode[]> {
    return Promise.resolve(this.rows.filter((row) => row.host === host));
  }

  avoid(avoided: AvoidedNode): Promise<void> {
    const others = this.rows.filter(({ host, node }) => host !== avoided.host || node !== avoided.node);
    this.rows = [...others, avoided].sort((a, b) => (a.node < b.node ? -1 : 1));
    return Promise.resolve();
  }

  forget(host: string): Promise<void> {
    this.rows = this.rows.filter((row) => row.host !== host);
    return Promise.resolve();
  }
}

import type { AvoidedNode } from '../../domain/avoided-node.js';
import type { AvoidedNodes } from '../../ports/avoided-nodes.js';
import type { Connections } from './connections.js';
import { AvoidedNodeSchema } from './schemas/avoided-node-schema.js';

/** Nodes of clusters that failed lately, in SQLite or PostgreSQL. */
export class TypeormAvoidedNodes implements AvoidedNodes {
  constructor(private readonly connections: Connections) {}

  of(host: string): Promise<readonly AvoidedNode[]> {
    return this.connections.read((manager) =>
      manager.find(AvoidedNodeSchema, { where: { host }, order: { node: 'ASC' } }),
    );
  }

  async avoid(avoided: AvoidedNode): Promise<void> {
    await this.connections.write((tx) => tx.upsert(AvoidedNodeSchema, avoided, ['host', 'node']));
  }

  async forget(host: string): Promise<void> {
    await this.connections.write((tx) => tx.delete(AvoidedNodeSchema, { host }));
  }
}

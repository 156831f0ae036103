import type { Case } from '../../src/domain/case.js';
import { operator, type CaseError } from '../../src/domain/errors.js';
import type { DeliveryControl } from '../../src/ports/delivery-control.js';
import type { FakeTables } from './fake-tables.js';

/** Notes what was asked for, as `[id, target, actor]`. */
export class FakeDeliveryControl implements DeliveryControl {
  readonly asked: (readonly [string, string | null, string])[] = [];
  refusal: CaseError | null = null;

  constructor(readonly tables: FakeTables) {}

  deliver(id: string, target: string | null, actor: string): Promise<Case> {
    if (this.refusal !== null) return Promise.reject(this.refusal);
    const kase = this.tables.cases.get(id);
    if (kase === undefined) return Promise.reject(operator('case.not-found', `there is no case ${id}`));
    this.asked.push([id, target, actor]);
    return Promise.resolve(kase);
  }
}

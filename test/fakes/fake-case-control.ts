import type { Case } from '../../src/domain/case.js';
import { operator, type CaseError } from '../../src/domain/errors.js';
import type { CaseControl, RetryRequest } from '../../src/ports/case-control.js';
import { aCase } from '../builders/a-case.js';
import type { FakeTables } from './fake-tables.js';

/** Notes what was asked for, as `[verb, id, ...]`; refuses the cases it is told to refuse. */
export class FakeCaseControl implements CaseControl {
  readonly asked: unknown[][] = [];
  readonly refusals = new Map<string, CaseError>();

  constructor(readonly tables: FakeTables) {}

  refuse(id: string, message = 'it is completed already'): void {
    this.refusals.set(id, operator('case.refused', message, { remedy: 'look at it with: mqi case ID' }));
  }

  retry(id: string, request: RetryRequest, actor: string): Promise<Case> {
    return this.#note(id, ['retry', id, request, actor]);
  }

  hold(id: string, reason: string, actor: string): Promise<Case> {
    return this.#note(id, ['hold', id, reason, actor], { heldBecause: reason });
  }

  resume(id: string, actor: string): Promise<Case> {
    return this.#note(id, ['resume', id, actor], { heldBecause: null });
  }

  cancel(id: string, actor: string, reason?: string): Promise<Case> {
    const why = reason === undefined ? [] : [reason];
    return this.#note(id, ['cancel', id, actor, ...why], { state: 'cancelled' });
  }

  setPriority(id: string, priority: number, actor: string): Promise<Case> {
    return this.#note(id, ['priority', id, priority, actor], { priority });
  }

  submit(folder: string, actor: string): Promise<Case> {
    this.asked.push(['submit', folder, actor]);
    const kase = aCase({ folder });
    this.tables.cases.set(kase.id, kase);
    return Promise.resolve(kase);
  }

  #note(id: string, asked: unknown[], change: Partial<Case> = {}): Promise<Case> {
    const refusal = this.refusals.get(id);
    if (refusal !== undefined) return Promise.reject(refusal);
    const kase = this.tables.cases.get(id);
    if (kase === undefined) return Promise.reject(operator('case.not-found', `there is no case ${id}`));
    this.asked.push(asked);
    const changed = { ...kase, ...change };
    this.tables.cases.set(id, changed);
    return Promise.resolve(changed);
  }
}

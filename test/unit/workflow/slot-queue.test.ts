import { expect } from 'chai';
import { SlotQueue, type Waiting } from '../../../src/workflow/slot-queue.js';
import { aBeam } from '../../builders/a-beam.js';

const MINUTE = 60_000;

function waiting(caseId: string, change: Partial<Waiting> & { readonly beamNumber?: number } = {}): Waiting {
  const { beamNumber = 1, ...more } = change;
  const beam = aBeam({ caseId, beamNumber });
  const rest = { priority: 0, createdAt: 1, sinceMs: 0, expectedMs: null, isNext: undefined, grant: () => true };
  return { beam, caseId, ...rest, ...more };
}

describe('the queue for places', () => {
  const takeAll = (queue: SlotQueue, nowMs: number): string[] => {
    const order: string[] = [];
    for (let next = queue.next(nowMs); next !== undefined; next = queue.next(nowMs)) {
      order.push(next.beam.id);
      queue.served(next, nowMs);
    }
    return order;
  };

  it('takes the longest beam of a case first, where estimates are there, but an older case before a younger', () => {
    const queue = new SlotQueue();
    queue.add(waiting('young', { createdAt: 5, expectedMs: 900 }));
    queue.add(waiting('old', { beamNumber: 1, expectedMs: 100 }));
    queue.add(waiting('old', { beamNumber: 2, expectedMs: 300 }));
    queue.add(waiting('old', { beamNumber: 3 }));
    expect(takeAll(queue, 0)).to.deep.equal(['old/2', 'old/1', 'old/3', 'young/1']);
  });

  it('lets no case starve under a stream of urgent ones: every eighth place goes to the longest neglected', () => {
    const queue = new SlotQueue();
    queue.add(waiting('patient', { beamNumber: 1 }));
    queue.add(waiting('patient', { beamNumber: 2 }));
    queue.add(waiting('later', { sinceMs: MINUTE }));
    const order: string[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      const nowMs = turn * MINUTE;
      queue.add(waiting(`urgent${String(turn)}`, { priority: 100, sinceMs: nowMs }));
      const next = queue.next(nowMs)!;
      order.push(next.caseId);
      queue.served(next, nowMs);
    }
    const turnsOf = (name: string): number[] => order.flatMap((caseId, turn) => (caseId === name ? [turn] : []));
    expect(turnsOf('patient')[0]).to.be.within(15, 16);
    expect(turnsOf('later')[0]).to.be.within(22, 24);
    expect(turnsOf('patient')).to.have.length(2);
    expect(order.filter((caseId) => caseId.startsWith('urgent'))).to.have.length(37);
  });

  it('keeps strictly to priority and age while nobody has waited long', () => {
    const queue = new SlotQueue();
    for (let n = 0; n < 20; n += 1) queue.add(waiting(`urgent${String(n).padStart(2, '0')}`, { priority: 1 }));
    queue.add(waiting('other'));
    expect(takeAll(queue, 10 * MINUTE).at(-1)).to.equal('other/1');
  });
});

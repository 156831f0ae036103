import { expect } from 'chai';
import { SlurmExclusion } from '../../../../src/adapters/schedulers/slurm/slurm-exclusion.js';
import { leavesOutNodes, type SlurmOptions } from '../../../../src/adapters/schedulers/slurm/slurm-options.js';
import { bug, transient } from '../../../../src/domain/errors.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { rejection } from '../../../rejection.js';

const MINUTE = 60_000;
const GONE = 'ReqNodeNotAvail, UnavailableNodes:n2';

describe('a waiting job that leaves out nodes which failed', () => {
  let clock: FakeClock;
  let lifted: number;
  let exclusion: SlurmExclusion;
  beforeEach(() => {
    clock = new FakeClock();
    lifted = 0;
    exclusion = new SlurmExclusion(clock, () => {
      lifted += 1;
      return Promise.resolve();
    });
  });
  async function waitsFor(minutes: number, reason: string): Promise<void> {
    for (let at = 0; at < minutes * MINUTE; at += 5_000) {
      await exclusion.whileWaiting({ reason });
      await clock.advance(5_000);
    }
  }

  for (const reason of [GONE, 'Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority'])
    it(`may go to them after five minutes in which there was no other (${reason.slice(0, 15)}...), once`, async () => {
      await waitsFor(5, reason);
      expect(lifted).to.equal(0);
      await waitsFor(1, reason);
      expect(lifted).to.equal(1);
      await waitsFor(90, reason);
      expect(lifted).to.equal(1);
    });

  it('leaves them out while it only waits for its turn, and an hour at most', async () => {
    await waitsFor(30, 'Priority');
    await waitsFor(4, GONE);
    await waitsFor(26, 'Resources');
    expect(lifted).to.equal(0);
    await waitsFor(1, 'Resources');
    expect(lifted).to.equal(1);
  });

  it('is tried again where Slurm does not answer, every half a minute; a fault of ours is told', async () => {
    let failure = transient('host.unreachable', 'Slurm does not answer');
    exclusion = new SlurmExclusion(clock, () => {
      lifted += 1;
      return Promise.reject(failure);
    });
    await waitsFor(7, GONE);
    expect(lifted).to.be.within(3, 5);
    failure = bug('test', 'a fault');
    await clock.advance(MINUTE);
    expect(await rejection(exclusion.whileWaiting({ reason: GONE }))).to.equal(failure);
  });

  it('keeps what an administrator leaves out for good in execution.slurm.extra', () => {
    const leaves = (...extra: string[]): boolean => leavesOutNodes({ extra } as unknown as SlurmOptions);
    expect([leaves('--mem=4G'), leaves('--exclude=n7'), leaves('-x', 'n7')]).to.deep.equal([false, true, true]);
  });
});

import { expect } from 'chai';
import { AllHostsGpuFinder } from '../../../../src/adapters/gpus/all-hosts-gpu-finder.js';
import { SlurmPlaces } from '../../../../src/adapters/gpus/slurm-places.js';
import { operator, transient } from '../../../../src/domain/errors.js';
import { afterLook } from '../../../../src/domain/gpu-rules.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';

const silent = transient('host.unreachable', 'Slurm on host local does not answer');
const NOT_KNOWN = 'it is not known whether it is free: Slurm on host local does not answer, since 2026-01-05T08:00Z';

describe('the places of a Slurm', () => {
  const rules = { allow: [], deny: [], minFreeMiB: 0, queues: ['local'] };
  let clock: FakeClock;
  let asked: number;
  let ready: () => Promise<void>;
  let finder: AllHostsGpuFinder;
  beforeEach(() => {
    clock = new FakeClock();
    asked = 0;
    ready = () => Promise.resolve();
    const places = new SlurmPlaces('local', 2, clock, () => {
      asked += 1;
      return ready();
    });
    finder = new AllHostsGpuFinder(new Map([['local', places]]), clock, new FakeLogger());
  });
  /** Why each is not free, as people are shown it. */
  const look = async (held: readonly string[] = []): Promise<readonly (readonly [string, string | null])[]> =>
    afterLook([], await finder.find(), rules, new Set(held)).map(({ id, occupied }) => [id, occupied]);
  const lookAgain = async (held: readonly string[] = []): ReturnType<typeof look> => {
    await clock.advance(5_000);
    await look(); // asks beside it
    await clock.advance(1);
    return look(held);
  };

  it('are free while it answers', async () => {
    expect(await look()).to.deep.equal([
      ['local/slurm-0', null],
      ['local/slurm-1', null],
    ]);
  });

  it('are not known to be free while it does not answer, in the words of its cases, and free when it does again', async () => {
    await look();
    ready = () => Promise.reject(silent);
    expect(await lookAgain()).to.deep.equal([
      ['local/slurm-0', NOT_KNOWN],
      ['local/slurm-1', NOT_KNOWN],
    ]);
    ready = () => Promise.resolve();
    expect(await lookAgain()).to.deep.equal([
      ['local/slurm-0', null],
      ['local/slurm-1', null],
    ]);
  });

  it('say so from the start, and that its commands find no slurm.conf', async () => {
    ready = () =>
      Promise.reject(transient(silent.code, `${silent.message}: its commands find no slurm.conf that they can read`));
    const why = NOT_KNOWN.replace('answer,', 'answer: its commands find no slurm.conf that they can read,');
    expect(await look()).to.deep.equal([['local/unseen', why]]);
  });

  it('say nothing of jobs that run, which go on without it', async () => {
    await look();
    ready = () => Promise.reject(silent);
    expect(await lookAgain(['local/slurm-1'])).to.deep.equal([
      ['local/slurm-0', NOT_KNOWN],
      ['local/slurm-1', null],
    ]);
  });

  it('are looked at as often as one likes: it is asked every five seconds, and not waited for where it hangs', async () => {
    ready = () => new Promise(() => undefined);
    const first = look();
    await clock.advance(4_000);
    expect(await first).to.deep.equal([['local/unseen', NOT_KNOWN]]);
    expect(await look()).to.deep.equal([['local/unseen', NOT_KNOWN]]);
    expect(asked).to.equal(1);
  });

  it('are not asked for again within five seconds of an answer', async () => {
    for (let n = 0; n < 5; n++) {
      await look();
      await clock.advance(1_000);
    }
    expect(asked).to.equal(1);
    await look();
    expect(asked).to.equal(2);
  });

  it('are given to beams where only its commands are wrong, which are held with what to mend', async () => {
    ready = () => Promise.reject(operator('slurm.not-found', 'there is no program scontrol on host local'));
    expect(await look()).to.deep.equal([
      ['local/slurm-0', null],
      ['local/slurm-1', null],
    ]);
  });
});

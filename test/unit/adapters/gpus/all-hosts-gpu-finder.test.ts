import { expect } from 'chai';
import { AllHostsGpuFinder } from '../../../../src/adapters/gpus/all-hosts-gpu-finder.js';
import { operator, transient } from '../../../../src/domain/errors.js';
import type { SeenResource } from '../../../../src/domain/resource.js';
import { aResource } from '../../../builders/a-resource.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeGpuFinder } from '../../../fakes/fake-gpu-finder.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { rejection } from '../../../rejection.js';

const AWAY = 'host far cannot be reached since 2026-01-05T08:00Z';
const away = transient('host.unreachable', 'host far cannot be reached: no connection');
const hung = transient('gpu.unreadable', 'nvidia-smi did not answer');

describe('the places of several hosts', () => {
  const place = (host: string): SeenResource => aResource({ id: `${host}/GPU-1`, host });
  let near: FakeGpuFinder;
  let far: FakeGpuFinder;
  let clock: FakeClock;
  let log: FakeLogger;
  let all: AllHostsGpuFinder;
  beforeEach(() => {
    near = new FakeGpuFinder([place('local')]);
    far = new FakeGpuFinder([place('far')]);
    clock = new FakeClock();
    log = new FakeLogger();
    all = new AllHostsGpuFinder(
      new Map([
        ['local', near],
        ['far', far],
      ]),
      clock,
      log,
    );
  });
  const found = async (): Promise<readonly (readonly [string, string | undefined])[]> =>
    (await all.find()).map(({ id, away: why }) => [id, why]);

  it('are those of each', async () => {
    expect(await found()).to.deep.equal([
      ['local/GPU-1', undefined],
      ['far/GPU-1', undefined],
    ]);
  });

  it('stay while a host is away, with nothing known of them and since when, and are as before when it is back', async () => {
    await all.find();
    far.failure = away;
    expect(await found()).to.deep.equal([
      ['local/GPU-1', undefined],
      ['far/GPU-1', AWAY],
    ]);
    await clock.advance(600_000);
    const [, second] = await all.find();
    expect(second).to.include({ away: AWAY, processes: null, memoryUsedMiB: null });
    expect(log.lines.filter(({ level }) => level === 'error')).to.have.length(1);
    far.failure = null;
    expect(await found()).to.deep.equal([
      ['local/GPU-1', undefined],
      ['far/GPU-1', undefined],
    ]);
  });

  it('show a host that was never seen as one place that says why', async () => {
    far.failure = away;
    expect(await found()).to.deep.equal([
      ['local/GPU-1', undefined],
      ['far/unseen', AWAY],
    ]);
    far.failure = operator('host.auth', 'host far does not let us in');
    expect((await found())[1]?.[1]).to.equal('host far does not let us in since 2026-01-05T08:00Z');
  });

  it('are said to be away for another reason as soon as it is another: a host that shows another key is no host that is off', async () => {
    far.failure = away;
    await all.find();
    await clock.advance(600_000);
    far.failure = operator('host.key-unknown', 'host far shows another key than the one in its known_hosts file');
    const why = 'host far shows another key than the one in its known_hosts file since 2026-01-05T08:10Z';
    expect((await found())[1]?.[1]).to.equal(why);
    await all.find();
    const codes = log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['code']);
    expect(codes).to.deep.equal(['host.unreachable', 'host.key-unknown']);
  });

  it('are not kept waiting by a host that does not answer', async () => {
    await all.find();
    let answer: (places: readonly SeenResource[]) => void = () => undefined;
    far.find = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const looking = found();
    await clock.advance(5_000);
    expect(await looking).to.deep.equal([
      ['local/GPU-1', undefined],
      ['far/GPU-1', 'host far cannot be reached since 2026-01-05T08:00Z'],
    ]);
    expect((await found())[1]?.[1], 'the next look does not wait at all').to.contain('cannot be reached');
    answer([place('far')]);
    await clock.advance(1);
    far.find = () => Promise.resolve([place('far')]);
    expect((await found())[1]).to.deep.equal(['far/GPU-1', undefined]);
  });

  it('are not away where the host answers and only the tool of its GPUs fails, which is said of that host alone', async () => {
    await all.find();
    far.failure = hung;
    expect(await rejection(all.find('far'))).to.equal(hung);
    expect((await all.find('local')).map(({ id }) => id)).to.deep.equal(['local/GPU-1']);
    expect(await found()).to.deep.equal([['local/GPU-1', undefined]]);
    near.failure = hung;
    expect(await rejection(all.find())).to.equal(hung);
  });
});

import { expect } from 'chai';
import { ProcessOwners } from '../../../../src/adapters/gpus/process-owners.js';
import { operator, transient } from '../../../../src/domain/errors.js';
import { aResource } from '../../../builders/a-resource.js';
import { FakeHost } from '../../../fakes/fake-host.js';

describe('whose a process on a GPU is', () => {
  let host: FakeHost;
  let owners: ProcessOwners;
  beforeEach(() => {
    host = new FakeHost();
    owners = new ProcessOwners(host);
  });
  const runs = (pid: number, session: number, environment: string | null, name = 'tps env) x'): void => {
    host.files.set(
      `/proc/${String(pid)}/stat`,
      `${String(pid)} (${name}) S 1 ${String(session)} ${String(session)} 0 -1\n`,
    );
    if (environment !== null) host.files.set(`/proc/${String(pid)}/environ`, environment);
  };
  const ours = async (...pids: readonly number[]): Promise<readonly (boolean | undefined)[]> => {
    const processes = pids.map((pid) => ({ pid, memoryMiB: 1 }));
    const [gpu] = await owners.tell([aResource({ processes })]);
    return gpu?.processes?.map((process) => process.ours) ?? [];
  };
  const MARKED = 'PATH=/bin\0MQI_JOB_FOLDER=/w/a b\0';
  /** Of another user. */
  const closed = (...pids: readonly number[]): void => {
    const readText = host.readText.bind(host);
    host.readText = (path) =>
      pids.some((pid) => path === `/proc/${String(pid)}/environ`)
        ? Promise.reject(operator('host.not-permitted', 'reading is not permitted'))
        : readText(path);
  };

  it('is told by the mark of our jobs', async () => {
    runs(10, 10, MARKED);
    runs(11, 11, 'PATH=/bin\0NOT_MQI_JOB_FOLDER=/w\0');
    expect(await ours(10, 11)).to.deep.equal([true, false]);
  });

  it('is told by the leader of its session where it runs as another user or without our mark', async () => {
    runs(10, 10, MARKED);
    runs(11, 10, 'PATH=/bin\0');
    runs(12, 10, null);
    runs(20, 20, 'PATH=/bin\0');
    runs(21, 20, null);
    runs(30, 30, null);
    closed(12, 21, 30);
    expect(await ours(11, 12, 21, 30)).to.deep.equal([true, true, false, false]);
  });

  it('is not told where nobody can: it has ended, is ending, is the daemon that shares a GPU, or its host is away', async () => {
    runs(10, 10, '');
    runs(11, 11, 'PATH=/bin\0', 'nvidia-cuda-mps');
    expect(await ours(9, 10, 11)).to.deep.equal([undefined, undefined, undefined]);
    host.readText = () => Promise.reject(transient('host.unreachable', 'it is away'));
    expect(await ours(12)).to.deep.equal([undefined]);
  });

  it('is looked up once as long as it is listed, and anew when its number comes back', async () => {
    runs(10, 10, MARKED);
    expect(await ours(10)).to.deep.equal([true]);
    host.files.clear();
    expect(await ours(10)).to.deep.equal([true]);
    expect(await ours()).to.deep.equal([]);
    runs(10, 10, 'PATH=/bin\0');
    expect(await ours(10)).to.deep.equal([false]);
  });
});

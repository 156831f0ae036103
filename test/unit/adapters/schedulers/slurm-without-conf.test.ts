import { expect } from 'chai';
import { SlurmClient } from '../../../../src/adapters/schedulers/slurm/slurm-client.js';
import { toCaseError } from '../../../../src/domain/errors.js';
import type { CommandEnd } from '../../../../src/ports/host.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeHost } from '../../../fakes/fake-host.js';
import { rejection } from '../../../rejection.js';

const exited = (code: number, stderr = ''): CommandEnd => ({ how: 'exited', code, stdout: '', stderr });
const tooLate: CommandEnd = { how: 'too-late', gone: Promise.resolve() };

describe('Slurm that does not answer', () => {
  const failure = async (
    ping: CommandEnd,
    conf: string | null,
    confThere = false,
  ): Promise<{ message: string; remedy: string }> => {
    const host = new FakeHost('login');
    host.answers = (argv) => (argv[0] === 'test' ? exited(confThere ? 0 : 1) : ping);
    const client = new SlurmClient(host, new FakeClock(), { binFolder: null, conf, completionLog: null });
    const { code, severity, message, remedy } = toCaseError(await rejection(client.ping()));
    expect({ code, severity }, 'says nothing of any job').to.deep.equal({
      code: 'host.unreachable',
      severity: 'transient',
    });
    return { message, remedy };
  };

  it('is not laid to the controller where its commands know no slurm.conf', async () => {
    const said = await failure(exited(1, 'scontrol: fatal: Could not establish a configuration source\n'), null);
    expect(said.message).to.equal(
      'Slurm on host login does not answer: its commands find no slurm.conf that they can read',
    );
    expect(said.remedy).to.contain('execution.slurm.conf');
  });

  it('is not laid to the controller where the slurm.conf that is named is not there, for which the commands wait a minute', async () => {
    expect((await failure(tooLate, '/etc/slurm/none.conf')).remedy).to.contain('execution.slurm.conf');
  });

  it('is laid to the controller otherwise', async () => {
    const down = [await failure(tooLate, '/etc/slurm/slurm.conf', true), await failure(exited(0), null)];
    for (const { message, remedy } of down) {
      expect(message).to.equal('Slurm on host login does not answer');
      expect(remedy).to.contain('bring slurmctld back');
    }
  });
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SshServer } from '../../mounts/ssh-server.js';
import { removeFolder } from '../../remove-folder.js';
import { PrivateSlurm } from '../../slurm/private-slurm.js';
import { madeInputs, type MadeInputs } from './made-inputs.js';

/** A real Slurm of this machine and a real sshd: where jobs of services under test run. */
export class Cluster {
  readonly slurm = new PrivateSlurm();
  readonly place = mkdtempSync(join(tmpdir(), 'mqi-sshd-'));
  readonly server = new SshServer(this.place);

  async start(): Promise<void> {
    await Promise.all([this.slurm.start(), this.server.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.slurm.stop(), this.server.stop()]);
    removeFolder(this.place);
  }

  /** A host by SSH. Its work folder lies below the root, so that whoever looks for its engines finds them. */
  far(rootPath: string): object {
    const { configFile: sshConfig, ...reach } = this.server.reach;
    return { name: 'far', kind: 'ssh', ...reach, sshConfig, workDir: join(rootPath, 'far') };
  }

  /** Settings of execution: four jobs of Slurm at a time, called here. */
  bySlurm(): object {
    return { scheduler: 'slurm', slots: 'auto', slurm: this.#slurmSettings(4) };
  }

  /** Four jobs of Slurm and two by SSH at a time. */
  both(rootPath: string): object {
    const here = { name: 'local', kind: 'local', scheduler: 'slurm' };
    return { slots: 2, hosts: [here, this.far(rootPath)], slurm: this.#slurmSettings(4) };
  }

  #slurmSettings(maxJobs: number): object {
    const { conf, completionLog } = this.slurm;
    return { conf, completionLog, partition: 'gpu', maxJobs };
  }
}

/** A cluster, and a case for it, for all tests of the surrounding suite. Call inside `describe`. */
export function clusterWithCase(): { readonly cluster: Cluster; readonly made: MadeInputs } {
  const both = { cluster: new Cluster() } as { readonly cluster: Cluster; made: MadeInputs };
  before(async () => {
    [both.made] = await Promise.all([madeInputs(2), both.cluster.start()]);
  });
  after(async () => {
    both.made.remove();
    await both.cluster.stop();
  });
  return both;
}

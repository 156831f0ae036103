import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SlurmOptions } from '../../src/adapters/schedulers/slurm/slurm-options.js';
import { freePort } from '../free-port.js';
import { Daemon } from '../mounts/daemon.js';
import { removeFolder } from '../remove-folder.js';
import { until } from '../until.js';
import type { SlurmAccounting } from './slurm-accounting.js';
import { gresConf, NODES, slurmConf } from './slurm-conf.js';

const run = promisify(execFile);

/** Who waits for Slurm asks it by a process each time, and takes from it what it needs itself. */
export const ASK_SLURM_EVERY_MS = 100;

/** A real Slurm on free ports of this machine alone: munged, slurmctld, two slurmd, each ended by its process id. */
export class PrivateSlurm {
  readonly place = mkdtempSync(join(tmpdir(), 'mqi-slurm-'));
  readonly conf = join(this.place, 'slurm.conf');
  readonly completionLog = join(this.place, 'log', 'jobcomp.txt');
  #munge: Daemon | null = null;
  #controller: Daemon | null = null;
  #nodes: Daemon[] = [];

  /** @param changes of slurm.conf, by key */
  constructor(
    private readonly changes: Readonly<Record<string, string>> = {},
    private readonly accounting: SlurmAccounting | null = null,
  ) {}

  async start(): Promise<void> {
    chmodSync(this.place, 0o755);
    for (const folder of ['munge', 'run', 'state', 'log', ...NODES.flatMap((n) => [`spool/${n}`, `dev/${n}`])]) {
      mkdirSync(join(this.place, folder), { recursive: true, mode: folder === 'munge' ? 0o700 : 0o755 });
    }
    for (const node of NODES) for (const gpu of ['0', '1']) this.#makeGpu(node, gpu);
    const ports = { controller: await freePort(), nodes: [await freePort(), await freePort()] };
    await this.#startMunge();
    await this.accounting?.start(this.place);
    writeFileSync(this.conf, slurmConf(this.place, ports, { ...this.accounting?.conf(), ...this.changes }));
    writeFileSync(join(this.place, 'gres.conf'), gresConf(this.place));
    await this.startController();
    for (const node of NODES) this.#nodes.push(this.#daemon('/usr/sbin/slurmd', '-D', '-f', this.conf, '-N', node));
    await until(
      'both nodes are idle',
      async () => (await this.slurm('sinfo', '-h', '-t', 'idle', '-o', '%D')) === '2',
      30_000,
      ASK_SLURM_EVERY_MS,
    );
  }

  async startController(): Promise<void> {
    this.#controller = this.#daemon('/usr/sbin/slurmctld', '-D', '-f', this.conf);
    await this.#controller.ready('slurmctld answers', () => this.isUp(), ASK_SLURM_EVERY_MS);
  }

  /** As a crash or a power cut: what it has not saved is lost. */
  async killController(): Promise<void> {
    if (this.#controller !== null) process.kill(this.#controller.pid, 'SIGKILL');
    await this.#controller?.end(5_000);
    this.#controller = null;
  }

  /** For SlurmScheduler. */
  options(change: Partial<SlurmOptions> = {}): SlurmOptions {
    return {
      partition: 'gpu',
      gres: 'gpu:1',
      time: null,
      account: null,
      qos: null,
      constraint: null,
      extra: [],
      binFolder: null,
      conf: this.conf,
      completionLog: this.completionLog,
      engineMinutes: 10,
      ...change,
    };
  }

  /** What the command prints, without its last line end. */
  async slurm(command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run(command, [...args], { env: { ...process.env, SLURM_CONF: this.conf } });
    return stdout.trimEnd();
  }

  /** A folder of Slurm's commands in which one is replaced by a shell script. */
  commandsWith(command: string, script: string): string {
    const folder = mkdtempSync(join(this.place, 'bin-'));
    for (const other of ['sbatch', 'scancel', 'scontrol', 'squeue', 'sacct']) {
      if (other !== command) symlinkSync(`/usr/bin/${other}`, join(folder, other));
    }
    writeFileSync(join(folder, command), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return folder;
  }

  async isUp(): Promise<boolean> {
    return this.slurm('scontrol', 'ping').then(
      (said) => said.includes('is UP'),
      () => false,
    );
  }

  /** Ends all jobs; resolves when the nodes are idle again. */
  async clear(): Promise<void> {
    await this.slurm('scancel', '--state=PENDING', '--user=root');
    await this.slurm('scancel', '--full', '--signal=KILL', '--user=root');
    await this.slurm('scancel', '--user=root');
    await this.untilNoJobIsLeft();
    await this.repair();
  }

  async untilNoJobIsLeft(): Promise<void> {
    await until('no job is left', async () => (await this.slurm('squeue', '-h')) === '', 20_000, ASK_SLURM_EVERY_MS);
  }

  /** Resolves when the controller knows nothing of these jobs any more, nor of others by their numbers. */
  async untilForgotten(ids: readonly string[]): Promise<void> {
    const isForgotten = async (): Promise<boolean> => {
      const known = (await this.slurm('squeue', '-h', '--states=all', '-o', '%A')).split('\n');
      return ids.every((id) => !known.includes(id));
    };
    await until('Slurm has forgotten them', isForgotten, 60_000, ASK_SLURM_EVERY_MS);
  }

  /** Resolves when the controller has written down what it knows now of the job, as it does every few seconds. */
  async untilSaved(id: string): Promise<void> {
    await this.slurm('scontrol', 'update', `jobid=${id}`, 'comment=to-be-saved');
    const isSaved = (): boolean => stateOf(join(this.place, 'state'))?.includes('to-be-saved') === true;
    await until('it is saved', isSaved, 20_000);
  }

  /** Kills the controller after `work` and starts it with what it had saved before: it forgets what was done meanwhile. */
  async forgetting(work: () => Promise<void>): Promise<void> {
    const [state, kept] = [join(this.place, 'state'), join(this.place, 'kept')];
    // It writes its state while we copy: a file that has just been replaced is looked for again.
    await until('its state is copied', () => copied(state, kept));
    await work();
    await this.killController();
    rmSync(state, { recursive: true });
    renameSync(kept, state);
    await this.startController();
  }

  /** The next job gets this id, or a later one if it is too late for that. */
  async nextIdFrom(wanted: number): Promise<void> {
    for (let id = 0; id < wanted - 1;) {
      id = Number(await this.slurm('sbatch', '--parsable', '--hold', '--wrap=true', '--output=/dev/null'));
      await this.slurm('scancel', String(id));
    }
  }

  /** A controller that has lost jobs takes nodes out where they still run (`Duplicate jobid`); as an administrator, back. */
  async repair(): Promise<void> {
    for (const node of NODES) {
      const state = await this.slurm('sinfo', '-h', '-n', node, '-o', '%T');
      if (/drain|down/.test(state)) await this.#resume(node);
    }
  }

  /** Resolves when the job has begun; nodes that went out meanwhile are taken back. */
  async untilRunning(hasBegun: () => boolean): Promise<void> {
    for (let tries = 1; tries <= 5; tries++) {
      if (await until('it runs', hasBegun, 5_000).catch(() => false)) return;
      await this.repair();
    }
    throw new Error(`no job began: ${await this.described()}`);
  }

  /** Nodes and jobs as Slurm lists them, for the failure of a test. */
  async described(): Promise<string> {
    return `${await this.slurm('sinfo', '-N', '-l')}\n${await this.slurm('squeue', '-l')}`;
  }

  async stop(): Promise<void> {
    if (this.#controller !== null) await this.clear();
    for (const daemon of [...this.#nodes, this.#controller, this.#munge]) await daemon?.end();
    await this.accounting?.stop();
    endLeftSteps(this.place);
    removeFolder(this.place);
  }

  async #resume(node: string): Promise<void> {
    const resuming = this.slurm('scontrol', 'update', `nodename=${node}`, 'state=resume');
    await resuming.catch((thrown: unknown) => {
      // It has come back by itself in this very moment.
      if (!/Invalid node state/.test((thrown as { readonly stderr?: string }).stderr ?? '')) throw thrown;
    });
  }

  async #startMunge(): Promise<void> {
    const at = (name: string): string => join(this.place, 'munge', name);
    writeFileSync(at('key'), randomBytes(1024), { mode: 0o600 });
    const socket = join(this.place, 'run', 'munge.sock');
    const files = [`--pid-file=${at('pid')}`, `--log-file=${at('log')}`, `--seed-file=${at('seed')}`];
    this.#munge = this.#daemon(
      '/usr/sbin/munged',
      '--foreground',
      `--key-file=${at('key')}`,
      `--socket=${socket}`,
      ...files,
    );
    await this.#munge.ready('munge answers', () =>
      run('munge', ['-n', `--socket=${socket}`]).then(
        () => true,
        () => false,
      ),
    );
  }

  #daemon(command: string, ...args: readonly string[]): Daemon {
    return new Daemon(command, args, { ...process.env, SLURM_CONF: this.conf });
  }

  /** slurmd takes character devices only for GPUs: each is /dev/null under another name. */
  #makeGpu(node: string, gpu: string): void {
    execFileSync('mknod', [join(this.place, 'dev', node, `nvidia${gpu}`), 'c', '1', '3']);
  }
}

/** What is saved of jobs; null before the first time, and for an instant each time, in which slurmctld gives the new file its name. */
function stateOf(folder: string): Buffer | null {
  try {
    return readFileSync(join(folder, 'job_state'));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}

/** Whether all of the folder could be copied; of what slurmctld is about to write nothing is. */
function copied(from: string, to: string): boolean {
  try {
    rmSync(to, { recursive: true, force: true });
    const hadState = stateOf(from) !== null;
    cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('.new') });
    return stateOf(to) !== null || !hadState;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw thrown;
  }
}

/** Of jobs that a controller which was killed has forgotten: each would try for ever to tell it of their end. */
function endLeftSteps(place: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('slurmstepd:')) continue;
      const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      if (files.some((file) => file.startsWith(`${place}/`))) process.kill(Number(pid), 'SIGKILL');
    } catch (thrown) {
      if (!['ENOENT', 'ESRCH'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown; // it has ended by now
    }
  }
}

import { join } from 'node:path';
import type { CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { CommandEnd, Host } from '../../../ports/host.js';
import { withoutOptionsOfOthers } from './slurm-environment.js';
import type { SlurmOptions } from './slurm-options.js';
import {
  isCalled,
  isLive,
  parsePairs,
  parseProlog,
  parseSacct,
  parseSqueue,
  SACCT_FIELDS,
  SQUEUE_FORMAT,
  type Prolog,
  type SlurmRecord,
} from './slurm-records.js';
import { isAccountingOff, isNoAnswer, noCommand, REFUSED_BY_NODE, refusal, saysNoConf, silent } from './slurm-words.js';

const PING_LIMIT_MS = 10_000;
const QUERY_LIMIT_MS = 20_000;
const SUBMIT_LIMIT_MS = 30_000;
/** A controller that answered so lately is not pinged again. */
const UP_FOR_MS = 1_000;

/** How env says that there is no such program. */
const NOT_FOUND = 127;

/** What jobs are told by: a name of their own and, where that was changed in Slurm, a folder that no other has. */
export interface NamedJob {
  readonly name: string;
  readonly folder: string;
}

/** What a record must be of. */
export interface WantedJob extends NamedJob {
  readonly id: string;
  /** By our clock, seconds since 1970. */
  readonly notBeforeS: number;
}

/** The controller's clock may be behind ours by so much. */
const CLOCKS_APART_S = 600;

const isOf = (job: WantedJob, one: SlurmRecord): boolean =>
  one.id === job.id && isCalled(job, one) && (one.submittedAtS ?? Infinity) >= job.notBeforeS - CLOCKS_APART_S;

/** How a submission ended: with an id, or nobody knows. A refusal is thrown. */
export type Submission = { readonly id: string } | 'no answer';

/**
 * Slurm's commands on a host, each with a deadline, none of them asked while `scontrol ping` says that the controller is
 * down: they would hang for up to 18 s. That, and everything without an answer, is transient `host.unreachable`: it says
 * nothing of any job.
 */
export class SlurmClient {
  /** Calls of squeue so far. */
  squeues = 0;
  #upAtMs = -Infinity;
  #ping: Promise<void> | null = null;

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly options: Pick<SlurmOptions, 'binFolder' | 'conf' | 'completionLog'>,
  ) {}

  /** Rejects unless the controller, or its backup, is up. */
  async ping(): Promise<void> {
    if (this.clock.monotonicMs() - this.#upAtMs < UP_FOR_MS) return;
    this.#ping ??= this.#askPing().finally(() => {
      this.#ping = null;
    });
    await this.#ping;
  }

  /** All jobs of ours that Slurm still has to do with, in one call. */
  async mine(): Promise<readonly SlurmRecord[]> {
    this.squeues += 1;
    return parseSqueue(await this.#ask('squeue', ['-h', '--me', '-o', SQUEUE_FORMAT]));
  }

  /** Those that are called so, finished ones too as long as the controller remembers them. */
  async called(job: NamedJob): Promise<readonly SlurmRecord[]> {
    this.squeues += 1;
    const all = parseSqueue(await this.#ask('squeue', ['-h', '--me', '-t', 'all', '-o', SQUEUE_FORMAT]));
    return all.filter((one) => isCalled(job, one));
  }

  /** What the controller knows of it, also when it has ended; null for nothing (any more). */
  async shown(job: WantedJob): Promise<SlurmRecord | null> {
    return (await this.#shown(job.id)).findLast((one) => isOf(job, one)) ?? null;
  }

  /**
   * How a job ended, from whoever still knows: the controller, the accounting, the completion log. Only a record of this id
   * and this name (or folder) counts, submitted since, as ids are given out again; the latest, as a log may hold several. Null when
   * nobody knows it; `unknown` when nobody else does and the accounting, which may, does not answer.
   */
  async record(job: WantedJob): Promise<SlurmRecord | 'unknown' | null> {
    const ofJob = (records: readonly SlurmRecord[]): SlurmRecord | undefined =>
      records.findLast((one) => isOf(job, one));
    const shown = await this.shown(job);
    if (shown !== null) return shown;
    const accounted = await this.#accounted(job.id);
    // A job that the controller does not know has ended, or was forgotten: of that end the accounting was never told.
    const ended = accounted === null ? undefined : ofJob(accounted.filter((one) => !isLive(one)));
    const found = ended ?? ofJob(await this.#logged(job));
    return found ?? (accounted === null ? 'unknown' : null);
  }

  /** @throws operator `slurm.refused`, transient `slurm.busy`: nothing was submitted */
  async submit(args: readonly string[]): Promise<Submission> {
    await this.ping();
    const end = await this.#run('sbatch', args, SUBMIT_LIMIT_MS);
    if (end.how === 'too-late') await Promise.race([end.gone, this.clock.sleep(PING_LIMIT_MS)]);
    if (end.how === 'not-found') throw noCommand('sbatch', this.host.name);
    if (end.how !== 'exited') return 'no answer';
    const id = /^(\d+)(;.*)?$/m.exec(end.stdout)?.[1];
    if (end.code === 0 && id !== undefined) return { id };
    if (end.code === 0 || isNoAnswer(end.stderr) || end.stderr.trim() === '') return 'no answer';
    throw refusal(end.stderr);
  }

  /** Ends all jobs that are called so; none is no error. */
  async cancel(job: NamedJob): Promise<void> {
    await this.#toAll(job, []);
  }

  /** A job that waits may go to any node, whatever was left out when it was submitted. */
  async allowAllNodes(id: string): Promise<void> {
    await this.#ask('scontrol', ['update', `JobId=${id}`, 'ExcNodeList=']);
  }

  /** SIGKILL to all processes of all jobs that are called so. */
  async kill(job: NamedJob): Promise<void> {
    await this.#toAll(job, ['--full', '--signal=KILL']);
  }

  /** By name, which no id that was given out again can mislead; then, by id, those that somebody has given another name. */
  async #toAll(job: NamedJob, how: readonly string[]): Promise<void> {
    await this.#ask('scancel', [...how, `--name=${job.name}`]);
    const renamed = (await this.mine()).filter((one) => one.name !== job.name && isCalled(job, one));
    if (renamed.length > 0) await this.#ask('scancel', [...how, ...renamed.map(({ id }) => id)]);
  }

  /** Null when its answer does not say. @throws transient `host.unreachable` */
  async prolog(): Promise<Prolog | null> {
    return parseProlog(await this.#ask('scontrol', ['show', 'config']));
  }

  /** Whether Slurm has taken one of these nodes out as one that did not begin with a job. */
  async hasRefused(nodes: string): Promise<boolean> {
    return REFUSED_BY_NODE.test(await this.#ask('scontrol', ['-o', 'show', 'node', nodes]));
  }

  async #shown(id: string): Promise<readonly SlurmRecord[]> {
    await this.ping();
    const end = await this.#run('scontrol', ['-o', 'show', 'job', id], QUERY_LIMIT_MS);
    if (end.how === 'exited' && end.code === 0) return parsePairs(end.stdout);
    if (end.how === 'exited' && /invalid job id/i.test(end.stderr)) return [];
    throw await this.#silent(end);
  }

  /**
   * Null when it does not answer. Where accounting is off, or there is no sacct, it knows nothing. Asked by id, with all that
   * had it (`-D`): asked by name, sacct leaves out jobs that were cancelled while they were held, as they never were eligible.
   */
  async #accounted(id: string): Promise<readonly SlurmRecord[] | null> {
    const args = ['-X', '-n', '-P', '-D', '-j', id, '-o', SACCT_FIELDS];
    const end = await this.#run('sacct', args, QUERY_LIMIT_MS);
    if (end.how === 'not-found') return [];
    if (end.how !== 'exited') return null;
    if (isAccountingOff(end.stderr)) return [];
    return end.code === 0 ? parseSacct(end.stdout) : null;
  }

  async #logged({ name, folder }: NamedJob): Promise<readonly SlurmRecord[]> {
    const { completionLog } = this.options;
    if (completionLog === null) return [];
    const ours = ['-e', ` Name=${name} `, '-e', ` WorkDir=${folder} `];
    const end = await this.host.run(['grep', '-F', ...ours, completionLog], QUERY_LIMIT_MS);
    return end.how === 'exited' && end.code === 0 ? parsePairs(end.stdout) : [];
  }

  async #askPing(): Promise<void> {
    const end = await this.#run('scontrol', ['ping'], PING_LIMIT_MS);
    if (end.how === 'not-found') throw noCommand('scontrol', this.host.name);
    if (end.how !== 'exited' || !/\bis UP\b/.test(end.stdout)) throw await this.#silent(end);
    this.#upAtMs = this.clock.monotonicMs();
  }

  async #ask(program: string, args: readonly string[]): Promise<string> {
    await this.ping();
    const end = await this.#run(program, args, QUERY_LIMIT_MS);
    if (end.how === 'not-found') throw noCommand(program, this.host.name);
    if (end.how === 'exited' && end.code === 0) return end.stdout;
    this.#upAtMs = -Infinity;
    throw await this.#silent(end);
  }

  async #run(program: string, args: readonly string[], limitMs: number): Promise<CommandEnd> {
    const { binFolder, conf } = this.options;
    const path = binFolder === null ? program : join(binFolder, program);
    const variables = ['SLURM_TIME_FORMAT=%s', ...(conf === null ? [] : [`SLURM_CONF=${conf}`])];
    const end = await this.host.run(withoutOptionsOfOthers(variables, [path, ...args]), limitMs);
    return end.how === 'exited' && end.code === NOT_FOUND ? { how: 'not-found' } : end;
  }

  async #silent(end: CommandEnd): Promise<CaseError> {
    return silent(this.host.name, await this.#lacksConf(end));
  }

  /** Slurm's commands say so at once where they know no slurm.conf; for one that is named and not there they wait a minute. */
  async #lacksConf(end: CommandEnd): Promise<boolean> {
    if (end.how === 'exited') return saysNoConf(end.stderr);
    const { conf } = this.options;
    if (conf === null || end.how !== 'too-late') return false;
    const look = await this.host.run(['test', '-r', conf], PING_LIMIT_MS);
    return look.how === 'exited' && look.code === 1;
  }
}

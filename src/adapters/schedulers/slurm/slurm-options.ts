import { createHash } from 'node:crypto';
import { JOB_FILES } from '../wrapper-script.js';

/** Configuration execution.slurm, and what follows from the rest of it. */
export interface SlurmOptions {
  readonly partition: string | null;
  /** Generic resources of one job, `gpu:1`; null: none are asked for. */
  readonly gres: string | null;
  /** Time limit of a job as sbatch takes it, a number being minutes; null: that of the engine and a little more. */
  readonly time: string | number | null;
  readonly account: string | null;
  readonly qos: string | null;
  readonly constraint: string | null;
  /** Further arguments of sbatch, each one as it is. */
  readonly extra: readonly string[];
  /** Where Slurm's commands lie; null: they are found by PATH. */
  readonly binFolder: string | null;
  /** Path of slurm.conf as the commands are told; null: their own. */
  readonly conf: string | null;
  /** The completion log (jobcomp/filetxt), for jobs that the controller has forgotten; null: there is none. */
  readonly completionLog: string | null;
  /** engine.timeoutMinutes. */
  readonly engineMinutes: number;
}

/** The engine's own limit is kept by us; Slurm's lies so much above it and holds also while we are away. */
const TIME_ABOVE_ENGINE_MINUTES = 5;
/** So long before Slurm's limit the job is told. */
const WARNING_SECONDS = 30;

/**
 * The name of the job of this attempt: the same whoever computes it, so it is known as soon as the attempt's number stands
 * in the database, before anything is submitted. No two attempts share a folder, so none share a name.
 */
export function jobName(host: string, folder: string): string {
  return `mqi-${createHash('sha256').update(`${host}\n${folder}`).digest('hex').slice(0, 12)}`;
}

/** An administrator leaves out nodes, of whom that is not to be taken back. */
export const leavesOutNodes = ({ extra }: SlurmOptions): boolean => extra.some((arg) => /^(-x|--exclude)/.test(arg));

/** Arguments of sbatch up to the script. */
export function sbatchArgs(
  options: SlurmOptions,
  job: { readonly name: string; readonly folder: string; readonly exclude: readonly string[] },
): readonly string[] {
  const { partition, gres, time, account, qos, constraint, extra, engineMinutes } = options;
  const optional: readonly (readonly [string, string | null])[] = [
    ['partition', partition],
    ['gres', gres],
    ['account', account],
    ['qos', qos],
    ['constraint', constraint],
    ['exclude', job.exclude.length === 0 ? null : job.exclude.join(',')],
  ];
  return [
    '--parsable',
    '--no-requeue',
    `--job-name=${job.name}`,
    `--comment=${job.name}`,
    `--chdir=${job.folder}`,
    `--output=${unexpanded(job.folder)}${JOB_FILES.log}`,
    '--open-mode=append',
    '--export=ALL',
    `--time=${String(time ?? engineMinutes + TIME_ABOVE_ENGINE_MINUTES)}`,
    `--signal=B:USR1@${String(WARNING_SECONDS)}`,
    ...optional.flatMap(([key, value]) => (value === null ? [] : [`--${key}=${value}`])),
    ...extra,
  ];
}

/** Slurm replaces `%j` and the like in the whole path of the output, the folder's name too, unless a backslash is in it. */
const unexpanded = (folder: string): string => (folder.includes('%') ? '\\' : '');

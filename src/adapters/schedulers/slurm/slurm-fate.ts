import { operator, transient, type CaseError } from '../../../domain/errors.js';
import type { JobExit } from '../../../ports/scheduler.js';
import type { SlurmRecord } from './slurm-records.js';

/** How slurmstepd tells that it could not go to the folder or open the log there. */
const NO_FOLDER_SIGNAL = 53;
/** What our wrapper gives when it finds that the job has been started before. */
const CLAIMED_BEFORE = 125;

const SIGKILL = 9;

export interface JobFacts {
  /** We have asked the job to end. */
  readonly isStopped: boolean;
  /** The wrapper has made its claim: something of ours has run. */
  readonly hasBegun: boolean;
  /** Slurm has written into its log that it needed too much memory. */
  readonly isOverMemory: boolean;
}

export const tooLong = (minutes: string): CaseError =>
  transient('engine.timeout', `the engine ran longer than ${minutes} and was stopped`);

export const requeued = (): CaseError =>
  transient('engine.requeued', 'the job was sent back to the queue of Slurm (requeued)', {
    remedy: 'nothing to do: it is calculated anew, in a folder of its own',
  });

export const notLaunched = (reason: string): CaseError =>
  transient('engine.not-launched', `Slurm could not start the job (${reason})`, {
    remedy: 'it is submitted anew; if it stays so, an administrator looks at the nodes (sinfo -R)',
  });

export const notReady = (node: string): CaseError =>
  transient('engine.not-launched', `Slurm could not start the job (node ${node} was not made ready in time: Prolog)`, {
    remedy:
      'it is submitted anew; if it stays so, an administrator looks at the prolog of the site, or execution.slurm.time is made longer',
  });

/** As after a controller that was started anew without its state: it ends what runs and is unknown to it. */
export const forgotten = (): CaseError =>
  transient('engine.node-lost', 'Slurm has forgotten the job, and it gives no sign of life', {
    remedy: 'nothing to do: it is calculated anew',
  });

type Meaning = (record: SlurmRecord, facts: JobFacts) => JobExit | CaseError;

const cancelled = (): CaseError =>
  operator('slurm.cancelled', 'somebody has cancelled the job in Slurm', {
    remedy: 'ask whoever did (scancel), then: mqi resume ID',
  });
const outOfMemory = (): CaseError =>
  operator('slurm.out-of-memory', 'the job needed more memory than Slurm gave it', {
    remedy: 'give jobs more memory, such as execution.slurm.extra: [--mem=16G], then: mqi resume ID',
  });
const timeUp: Meaning = ({ nodes }, { hasBegun }) => (hasBegun ? tooLong("Slurm's time limit") : notReady(nodes));
const nodeLost: Meaning = ({ nodes }) =>
  transient('engine.node-lost', `node ${nodes} of Slurm failed`, {
    remedy: 'nothing to do: it is calculated on another node',
  });

/** What a state that is no plain failure means. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  // Our wrapper leaves an exit code before it ends: without one, what ended was not the engine.
  COMPLETED: () => ({ how: 'vanished', reason: 'Slurm says COMPLETED, but it has left no exit code' }),
  // On a node, and nothing of it has run: that was Slurm, which could not launch it, as under an id that runs already.
  CANCELLED: ({ nodes }, { hasBegun }) =>
    hasBegun || nodes === '' || nodes === '(null)' ? cancelled() : notLaunched(`cancelled on node ${nodes}`),
  TIMEOUT: timeUp,
  DEADLINE: () => tooLong("Slurm's time limit"),
  NODE_FAIL: nodeLost,
  BOOT_FAIL: nodeLost,
  PREEMPTED: () => transient('engine.preempted', 'Slurm took the place away for a job of higher rank (preempted)'),
  OUT_OF_MEMORY: outOfMemory,
};

/** The record names no exit code of the engine that could be believed: what the end means. */
export function fateOf(record: SlurmRecord, facts: JobFacts): JobExit | CaseError {
  if (facts.isStopped) return { how: 'vanished', reason: 'it was ended by the service' };
  return (MEANINGS[record.state] ?? failed)(record, facts);
}

function failed(record: SlurmRecord, { hasBegun, isOverMemory }: JobFacts): JobExit | CaseError {
  const { exit, state, reason } = record;
  if (exit?.signal === NO_FOLDER_SIGNAL) {
    return operator('slurm.no-folder', 'the node could not write to the folder of the job', {
      remedy: 'put the work folder on a file system that all nodes see, then: mqi resume ID',
    });
  }
  if (exit?.code === CLAIMED_BEFORE) return requeued();
  // A node that refuses a job (its id was another job's before) ends as if the job had failed with 1.
  if (!hasBegun) return notLaunched(`${state}, ${reason}`);
  // Without cgroups (OverMemoryKill) Slurm tells nothing but the signal it sent.
  return exit?.signal === SIGKILL && isOverMemory ? outOfMemory() : endedBy(record);
}

function endedBy({ exit, state, reason }: SlurmRecord): JobExit {
  const { code, signal: number } = exit ?? { code: 0, signal: 0 };
  if (number === 0 && code > 0) return { how: 'exited', code };
  const signal = number === 0 ? '' : `, signal ${String(number)}`;
  return { how: 'vanished', reason: `Slurm says ${state} (${reason}${signal})` };
}

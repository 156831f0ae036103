import { silentSlurm } from '../../../domain/away.js';
import { operator, transient, type CaseError } from '../../../domain/errors.js';
import { isInProlog, type SlurmRecord } from './slurm-records.js';

const LONGEST = 200;

/** What Slurm's commands say, in one short line without their own names. */
export function shortened(stderr: string): string {
  const text = stderr
    .split('\n')
    .map((line) => line.replace(/^\w+: (error: )?/, '').trim())
    .filter((line) => line !== '')
    .join('; ');
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** After these nobody knows whether the job was taken. */
const NO_ANSWER =
  /unable to contact slurm controller|connection (refused|timed out|reset)|socket timed out|zero bytes|communications? (connection )?(failure|error|shutdown)|slurm_receive|backup controller|transport endpoint|munge|credential/i;
/** Refused now; later it may be taken. */
const BUSY =
  /temporarily|too many|max\w*(submit|job)\w*limit|job violates accounting\/qos policy.*submit|maximum number of jobs|try again|queue full|partition not available/i;

/** A limit for every single job, which no waiting changes; told beside words that are the same for all limits. */
const OVER_LIMIT = /\b(assoc|qos)\w*(per_?job|wallduration)/i;

export const isNoAnswer = (stderr: string): boolean => NO_ANSWER.test(stderr);

/** Of sacct, where slurm.conf names no accounting; anything else that it complains of says nothing of any job. */
export const isAccountingOff = (stderr: string): boolean => /accounting storage is disabled/i.test(stderr);

/** Why Slurm has taken out a node that did not begin with a job (`scontrol show node`). */
export const REFUSED_BY_NODE = / Reason=[^=]*(duplicate jobid|prolog error|launch fail|batch job complete fail)/i;

/** sbatch has said no: nothing was submitted. */
export function refusal(stderr: string): CaseError {
  const words = shortened(stderr);
  if (BUSY.test(stderr) && !OVER_LIMIT.test(stderr))
    return transient('slurm.busy', `Slurm takes no more jobs now: ${words}`);
  return operator('slurm.refused', `Slurm does not take the job: ${words}`, {
    remedy: 'correct execution.slurm (partition, gres, account, qos, constraint, time, extra), then: mqi resume ID',
  });
}

/** Its commands do not even know whom to ask: no cluster is out of order, the configuration is. */
export const saysNoConf = (stderr: string): boolean =>
  /could not establish a configuration source|unable to process configuration file/i.test(stderr);

/** Transient `host.unreachable`: it says nothing of any job. */
export function silent(host: string, lacksConf: boolean): CaseError {
  const words = silentSlurm(host);
  if (!lacksConf) {
    const remedy = 'nothing to do for jobs that run; bring slurmctld back, and the service goes on by itself';
    return transient('host.unreachable', words, { remedy });
  }
  return transient('host.unreachable', `${words}: its commands find no slurm.conf that they can read`, {
    remedy: 'name the slurm.conf of that host in execution.slurm.conf, then restart the service; jobs that run go on',
  });
}

export const noCommand = (program: string, host: string): CaseError =>
  operator('slurm.not-found', `there is no program ${program} on host ${host}`, {
    remedy: 'install the Slurm client there or correct execution.slurm.binFolder, then: mqi resume ID',
  });

/** Reasons that end only when the job, or what the partition, account or QOS allows, is changed. */
const NEVER =
  /TimeLimit|NodeLimit|WallDuration|PerJob|BadConstraints|Invalid|NotAllowed|NeverSatisfied|ReservationDeleted/i;

/** What a job waits for that Slurm has stopped on its node. */
export const SUSPENDED = 'Slurm to go on with it: its job is suspended there (scontrol resume)';

/** What a job waits for that is on its node, and has not begun there. */
export const PREPARED_UNTOLD =
  "its node to begin with it; the site's prolog may run there (PrologFlags=Alloc would tell)";

/** Reasons that end only by somebody's hand. */
const HELD = /held|hold/i;

/** What a job that has not started waits for, in words. */
export function waitingWords(record: SlurmRecord): string {
  const { state, reason } = record;
  if (HELD.test(reason) || HELD.test(state)) {
    return `a user or administrator of Slurm who lets it go (${reason}; scontrol release)`;
  }
  if (NEVER.test(reason)) {
    return `somebody to change what Slurm allows, or what its job asks for (${reason}; scontrol update, execution.slurm)`;
  }
  if (state === 'CONFIGURING' || isInProlog(record)) return 'its node to be made ready by Slurm';
  return reason === 'None' ? 'Slurm to start it' : `Slurm to start it (${reason})`;
}

/** slurmstepd tells it in the log of the job, where its memory is watched without cgroups. */
export const saysOverMemory = (line: string): boolean =>
  /slurmstepd\S*: error: .*exceeded (job |step )?memory limit/i.test(line);

/** Slurm could not start it and holds it: it will never run by itself. */
export const wasNeverLaunched = ({ reason }: SlurmRecord): boolean => /launch.?failed/i.test(reason);

/** What Slurm tells of a job, from any of its commands. */
export interface SlurmRecord {
  readonly id: string;
  readonly name: string;
  /** As Slurm spells it, without what follows it (`CANCELLED by 0`). */
  readonly state: string;
  /** `None` for none. */
  readonly reason: string;
  /** Empty, or `(null)`, for a job that never got one. */
  readonly nodes: string;
  /** How often Slurm has started it again. */
  readonly restarts: number;
  /** Null where the command does not tell it. */
  readonly exit: { readonly code: number; readonly signal: number } | null;
  /** Running time so far, seconds. */
  readonly elapsedS: number;
  /** Seconds since 1970; null where the command tells it in the controller's time zone. */
  readonly submittedAtS: number | null;
  /** Where it runs (`--chdir`); empty where the command does not tell it. */
  readonly folder: string;
}

/** For `squeue -o`; with SLURM_TIME_FORMAT=%s. */
export const SQUEUE_FORMAT = '%i|%j|%T|%M|%V|%N|%r|%Z';
/** A line of it. Names that others gave, and folders, may hold bars. */
const QUEUED = /^(\d[^|]*)\|(.*?)\|([A-Z_]+)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)(?:\|(.*))?$/;

/** For `sacct -X -n -P -o`; with SLURM_TIME_FORMAT=%s. */
export const SACCT_FIELDS = 'JobID,JobName,State,ExitCode,NodeList,Submit,WorkDir';
const ACCOUNTED = /^(\d+)\|(.*?)\|([A-Z_]+[^|]*)\|(\d+:\d+)\|([^|]*)(?:\|([^|]*))?(?:\|(.*))?$/;

/** States in which Slurm still has to do with a job. */
const LIVE = new Set([
  'PENDING', 'CONFIGURING', 'RUNNING', 'SUSPENDED', 'STOPPED', 'COMPLETING', 'RESIZING', 'SIGNALING', 'STAGE_OUT',
  'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT', 'RESV_DEL_HOLD',
]); // prettier-ignore
const WAITING = new Set([
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
]);

export const isLive = ({ state }: SlurmRecord): boolean => LIVE.has(state);
/** Not started, or about to be started anew. */
export const isWaiting = ({ state }: SlurmRecord): boolean => WAITING.has(state);

/** On its node, and stopped there by Slurm: by an administrator, or for a job of higher rank. */
export const isSuspended = ({ state }: SlurmRecord): boolean => state === 'SUSPENDED' || state === 'STOPPED';

/** Its node is being made ready by the site's own program. */
export const isInProlog = ({ state, reason }: SlurmRecord): boolean => state === 'RUNNING' && reason === 'Prolog';

export function parseSqueue(text: string): readonly SlurmRecord[] {
  return text.split('\n').flatMap((line) => {
    const [, id, name = '', state = '', elapsed = '', submitted = '', nodes = '', reason = '', folder = ''] =
      QUEUED.exec(line) ?? [];
    if (id === undefined) return [];
    const times = { elapsedS: secondsOf(elapsed), submittedAtS: secondsSince1970(submitted) };
    return [{ id, name, state, reason, nodes, restarts: 0, exit: null, ...times, folder }];
  });
}

/** Whose record it is: a job keeps its folder where somebody, or a plugin of the site, has given it another name. */
export const isCalled = (job: { readonly name: string; readonly folder: string }, one: SlurmRecord): boolean =>
  one.name === job.name || one.folder === job.folder;

/** `scontrol -o show job`, or a line of the completion log (jobcomp/filetxt): `Key=Value`, values may hold spaces. */
export function parsePairs(text: string): readonly SlurmRecord[] {
  return text.split('\n').flatMap((line) => pairsRecord((key) => valueIn(line, key)) ?? []);
}

function pairsRecord(value: (key: string) => string): SlurmRecord | null {
  const submitted = value('SubmitTime');
  if (value('JobId') === '' || value('JobState') === '') return null;
  return {
    id: value('JobId'),
    name: value('JobName') || value('Name'),
    state: bare(value('JobState')),
    reason: value('Reason') || 'None',
    nodes: value('NodeList'),
    restarts: Number(value('Restarts')),
    exit: exitOf(value('ExitCode')),
    elapsedS: secondsOf(value('RunTime')),
    submittedAtS: secondsSince1970(submitted),
    folder: value('WorkDir'),
  };
}

/** Up to the next key; keys are told by what stands before them, since `NodeList` ends other keys as well. */
const valueIn = (line: string, key: string): string =>
  new RegExp(`(?:^| )${key}=(.*?)(?= [A-Za-z/:]+=|$)`).exec(line)?.[1]?.trim() ?? '';

/** A time in slurm.conf without end. */
const NO_LIMIT_S = 65_534;

/** The site's program that makes a node ready before a job, where Slurm does not say in the job's state that it runs. */
export interface Prolog {
  /** It is ended after this; 0: there is none, or Slurm says that it runs (PrologFlags=Alloc). */
  readonly limitMs: number;
}

/** Of `scontrol show config`; null when it does not say. Later versions number prologs, and have a limit for them alone. */
export function parseProlog(config: string): Prolog | null {
  const value = (key: string): string | undefined => new RegExp(`^${key} *= (.*)$`, 'm').exec(config)?.[1]?.trim();
  const program = value(String.raw`Prolog(?:\[\d+\])?`);
  if (program === undefined) return null;
  if (program === '(null)' || program === '' || /alloc/i.test(value('PrologFlags') ?? '')) return { limitMs: 0 };
  const limitS = Number(/^\d+/.exec(value('Prolog(?:Epilog)?Timeout') ?? '')?.[0] ?? NO_LIMIT_S);
  return { limitMs: limitS >= NO_LIMIT_S ? Infinity : limitS * 1000 };
}

/** How sacct says that a job never got a node. */
const NO_NODES = 'None assigned';

/** As SACCT_FIELDS are told. */
export function parseSacct(text: string): readonly SlurmRecord[] {
  return text.split('\n').flatMap((line) => {
    const [, id, name = '', state = '', exit = '', nodes = '', submitted = '', folder = ''] =
      ACCOUNTED.exec(line) ?? [];
    if (id === undefined) return [];
    const rest = { reason: 'None', restarts: 0, elapsedS: 0, submittedAtS: secondsSince1970(submitted), folder };
    return [{ id, name, state: bare(state), nodes: nodes === NO_NODES ? '' : nodes, exit: exitOf(exit), ...rest }];
  });
}

const secondsSince1970 = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

const bare = (state: string): string => state.split(/[ +]/)[0] ?? state;

function exitOf(text: string): SlurmRecord['exit'] {
  const [, code, signal] = /^(\d+):(\d+)$/.exec(text) ?? [];
  return code === undefined ? null : { code: Number(code), signal: Number(signal) };
}

/** `[D-][[H:]M:]S`. */
function secondsOf(text: string): number {
  const [, days = '0', clock = ''] = /^(?:(\d+)-)?([\d:]+)$/.exec(text) ?? [];
  const parts = clock.split(':').map(Number);
  return Number(days) * 86_400 + parts.reduce((sum, part) => sum * 60 + part, 0);
}

/** Files of a job, in the folder of its attempt. */
export const JOB_FILES = {
  /** Written first and exclusively by us: the intent. Whoever creates it is the only one who may start the job. */
  intent: 'job.json',
  /** Created exclusively by the wrapper (it runs) or by us (it shall never run): who is first decides. */
  claim: 'job.pid',
  /** Standard output and error. */
  log: 'engine.log',
  /** The exit code, as text with a line end: without that it is not whole yet. */
  exit: 'exit.code',
} as const;

/** What stands in the claim of a job that must not run any more. */
export const ABANDONED = 'abandoned\n';

/**
 * POSIX shell, the same for every job; the program and its arguments are positional parameters and never parsed.
 * 1. `set -C`: `>` creates exclusively (O_EXCL), so the claim is made once or the wrapper ends without running anything.
 *    The claim holds pid, start time (field 22 of /proc/PID/stat, told after the name's closing bracket) and boot.
 * 2. The exit code is written in place, which takes no further process while the GPU waits for the next job. A signal to the
 *    whole group ends the shell too and leaves none: a trap would record one, but a signal that comes between the trap and
 *    the start of the program would be lost in it.
 */
export const WRAPPER = [
  'set -C',
  'claim() { shift 19; echo "$$ $1 $boot"; }',
  'read -r stat < /proc/$$/stat && read -r boot < /proc/sys/kernel/random/boot_id || exit 125',
  `claim \${stat##*) } > ${JOB_FILES.claim} || exit 125`,
  'set +C',
  '"$@"',
  `echo $? > ${JOB_FILES.exit}`,
].join('\n');

/** The argument list that runs `argv` under the wrapper. */
export function wrapped(argv: readonly string[]): readonly string[] {
  return ['sh', '-c', WRAPPER, 'mqi-job', ...argv];
}

/** Who the claim names; null when it is not, or not yet, whole. */
export function parseClaim(
  text: string,
): { readonly pid: number; readonly startTicks: string; readonly bootId: string } | null {
  const found = /^(\d+) (\d+) ([0-9a-f-]+)\n$/.exec(text);
  if (found === null) return null;
  const [, pid = '', startTicks = '', bootId = ''] = found;
  return { pid: Number(pid), startTicks, bootId };
}

/** The recorded exit code; null when there is none. */
export function parseExitCode(text: string | null): number | null {
  return text !== null && /^\d{1,3}\n$/.test(text) ? Number(text) : null;
}

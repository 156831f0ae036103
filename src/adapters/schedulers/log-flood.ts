import { join } from 'node:path';
import { transient, type CaseError } from '../../domain/errors.js';
import { shownText } from '../../domain/shown-text.js';
import type { Host } from '../../ports/host.js';
import type { JobLimits } from '../../ports/scheduler.js';
import { JOB_FILES } from './wrapper-script.js';

const MIB = 2 ** 20;
/** What is kept of the log of a job that was ended for it: its last lines say most. */
const KEPT_AT_START_BYTES = MIB;
const KEPT_AT_END_BYTES = 4 * MIB;
/** Parts of this size are moved, and the kept beginning is so many of them. */
const BLOCK_BYTES = 4_096;
/** Moving 4 MiB takes milliseconds; a stuck share is not waited for. */
const CUT_WITHIN_MS = 60_000;
/** So much of the end is looked at for the last line. */
const LAST_BYTES = 4_096;

/**
 * POSIX shell; log, blocks kept at the start, bytes kept at the end are positional parameters. The end is moved forward
 * within the file, which is then cut: that needs no room on a disk that may have none, and who reads the file goes on. What
 * is moved lies behind the place it is moved to, so the two never overlap. A link in its place is left alone: it may point
 * anywhere.
 */
const CUT = [
  `log=$1 start=$(($2 * ${String(BLOCK_BYTES)}))`,
  '[ -f "$log" ] && [ ! -L "$log" ] || exit 3',
  `tail -c ${String(LAST_BYTES)} "$log"`,
  'size=$(wc -c < "$log") || exit 4',
  `note=$(printf '\\n[%s bytes of output were here]' "$((size - start - $3))") || exit 4`,
  `{ printf '%s\\n' "$note"; tail -c "$3" "$log"; } | dd of="$log" bs=${String(BLOCK_BYTES)} seek="$2" conv=notrunc 2> /dev/null || exit 5`,
  'truncate -s "$((start + ${#note} + 1 + $3))" "$log"',
].join('\n');

/**
 * Takes the middle out of the log of a job that has been ended for its size, and gives the failure to be thrown. Called when
 * no process of the job is left: one that wrote on would make it large again. A service that dies before has it done by the
 * next one, which finds the log as large as it was.
 */
export async function floodOf(host: Host, folder: string, { maxLogBytes = 0 }: JobLimits): Promise<CaseError> {
  const start = Math.floor(Math.min(KEPT_AT_START_BYTES, maxLogBytes / 8) / BLOCK_BYTES);
  const end = Math.floor(Math.min(KEPT_AT_END_BYTES, maxLogBytes / 2));
  const argv = ['sh', '-c', CUT, 'mqi-cut', join(folder, JOB_FILES.log), String(start), String(end)];
  const cut = await host.run(argv, CUT_WITHIN_MS);
  const isCut = cut.how === 'exited' && cut.code === 0;
  const line = cut.how === 'exited' ? lastLineOf(cut.stdout) : '';
  const said = line === '' ? '' : `; the last it wrote: "${line}"`;
  const left = isCut ? '' : '; its output is still that large, for it could not be shortened';
  return transient(
    'engine.log-flood',
    `the engine wrote more than ${String(Math.round(maxLogBytes / MIB))} MiB of output and was stopped${said}${left}`,
    { remedy: 'nothing to do: it is tried again; for an engine that is to write so much: engine.maxLogMiB' },
  );
}

/**
 * How Slurm, and the shell of our wrapper (dash: "Terminated", bash: "job.sh: line 33: 4711 Killed ..."), tell in the job's
 * own log that it was ended: not the engine's words. The shell gets to say so only if Slurm has not ended it before.
 */
const NOT_THE_ENGINES = /^slurmstepd(-\S+)?: |^(\S+: line \d+: +\d+ )?(Terminated|Killed)\b/;

const lastLineOf = (text: string): string =>
  text
    .split(/[\r\n]+/)
    .map(shownText)
    .findLast((line) => line !== '' && !NOT_THE_ENGINES.test(line)) ?? '';

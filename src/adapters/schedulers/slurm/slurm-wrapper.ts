import { JOB_FILES } from '../wrapper-script.js';

/** Files of a Slurm job beside those that every job has, in the folder of its attempt. */
export const SLURM_FILES = {
  /** What sbatch is given: WRAPPER, the same for every job. */
  script: 'job.sh',
  /** A count and the CPU time used so far, in clock ticks, written anew every few seconds: the job lives. */
  beat: 'job.beat',
  /** Written by us: the job shall end. Needs no Slurm, which may not answer or have forgotten the job. */
  stop: 'job.stop',
  /** Slurm has said that the job's time is over soon (`--signal`). */
  timeUp: 'time.up',
} as const;

/** The wrapper looks for the stop file so often, and beats with every fifth look. */
export const STOP_LOOK_SECONDS = 2;

/**
 * POSIX shell, run by slurmstepd; program and arguments are positional parameters and never parsed.
 * 1. `set -C`: the claim is created exclusively. A job that Slurm starts a second time (requeued), or after we gave it up,
 *    finds it taken and ends without running anything: in one folder the engine runs once.
 * 2. In the background, told from the engine's processes and not counted with them: beats, and looks for the stop file.
 *    A job that Slurm has forgotten is known to live by its beats alone, and ended by the file alone.
 * 3. USR1 comes before the time limit: the engine is asked to end, and the reason is left in a file. TERM comes to all
 *    processes of the job: the engine may take its time to end, until Slurm kills it. The shell waits for that, and leaves no
 *    exit code. Were it to end before, so would the job: Slurm would kill the engine at once, or, where it knows processes by
 *    their parents alone (proctrack/linuxproc), lose it. One that comes before the engine has started is passed on.
 * 4. The exit code is written beside and renamed: it appears whole.
 */
export const WRAPPER = `#!/bin/sh
set -C
echo "$SLURM_JOB_ID $SLURMD_NODENAME $(date +%s)" > ${JOB_FILES.claim} || exit 125
set +C
group=$$
ended=0
again=0
trap 'again=1; ended=1' TERM
watch() {
  trap - USR1
  trap '' TERM
  read -r self rest < /proc/self/stat
  n=0
  while kill -0 "$group" 2>/dev/null; do
    if [ $((n % 5)) -eq 0 ]; then
      ticks=$(cat /proc/[0-9]*/stat 2>/dev/null | sed 's/ (.*)//' |
        awk -v g="$group" -v s="$self" '$4 == g && $1 != s && $3 != s && $1 != g { t += $13 + $14 + $15 + $16 } END { print t + 0 }')
      echo "$n $ticks" > job.beat.part && mv -f job.beat.part ${SLURM_FILES.beat}
    fi
    if [ -e ${SLURM_FILES.stop} ]; then
      kill -TERM "$1"
      sleep "$(cat ${SLURM_FILES.stop})"
      kill -KILL -- "-$group"
    fi
    sleep ${String(STOP_LOOK_SECONDS)}
    n=$((n + 1))
  done
}
"$@" &
child=$!
[ "$ended" = 0 ] || kill -TERM "$child"
watch "$child" > /dev/null 2>&1 < /dev/null &
watch=$!
trap 'again=1; : > ${SLURM_FILES.timeUp}; kill -TERM "$child"' USR1
while :; do
  again=0
  wait "$child"
  code=$?
  [ "$again" = 1 ] || break
done
[ "$ended" = 1 ] || { echo $code > exit.part && mv -f exit.part ${JOB_FILES.exit}; }
kill -KILL "$watch" 2>/dev/null
exit $code
`;

/** Which job made the claim, where and when (its node's clock, seconds); null when it is not, or not yet, whole. */
export function parseClaim(
  text: string,
): { readonly id: string; readonly node: string; readonly startedAtS: number } | null {
  const [, id, node, seconds] = /^(\d+) (\S+) (\d+)\n$/.exec(text) ?? [];
  return id === undefined || node === undefined ? null : { id, node, startedAtS: Number(seconds) };
}

/** CPU seconds told with a beat; null for none. Linux counts in hundredths for programs, whatever its own clock. */
export function beatSeconds(text: string | null): number | null {
  const [, ticks] = /^\d+ (\d+)\n$/.exec(text ?? '') ?? [];
  return ticks === undefined ? null : Number(ticks) / 100;
}

/** When the job was about to be submitted, by our clock, seconds; 0 where its intent cannot be read (a power cut). */
export function intendedAtS(intent: string | null): number {
  const [, ms] = /"startedAt":(\d+)/.exec(intent ?? '') ?? [];
  return ms === undefined ? 0 : Number(ms) / 1000;
}

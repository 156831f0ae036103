import { readFileSync } from 'node:fs';

/** What one line of /proc/PID/stat says (proc(5)); times in clock ticks. */
export interface ProcStat {
  readonly pid: number;
  /** R, S, D, T, Z ...: Z and X have ended and only wait to be collected. */
  readonly state: string;
  readonly processGroup: number;
  readonly session: number;
  /** User and system time, own and of children that were waited for. */
  readonly cpuTicks: number;
  /** Start, in ticks since boot: with the pid it names one process of this boot. */
  readonly startTicks: string;
}

/** Parses a stat line; null when it is none. The second field, the program's name, may hold spaces and brackets. */
export function parseProcStat(line: string): ProcStat | null {
  const nameEnd = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  // Fields are counted from 1 in proc(5); those after the name start with field 3.
  const fields = line
    .slice(nameEnd + 1)
    .trim()
    .split(/\s+/);
  const field = (number: number): string => fields[number - 3] ?? '';
  const startTicks = field(22);
  if (nameEnd < 0 || !Number.isInteger(pid) || !/^\d+$/.test(startTicks)) return null;
  return {
    pid,
    state: field(3),
    processGroup: Number(field(5)),
    session: Number(field(6)),
    cpuTicks: [14, 15, 16, 17].reduce((sum, number) => sum + Number(field(number)), 0),
    startTicks,
  };
}

/** The process, also one that has ended and was not collected yet; null when there is none. */
export function anyProcess(pid: number | string): ProcStat | null {
  const text = readOrNull(`/proc/${String(pid)}/stat`);
  return text === null ? null : parseProcStat(text);
}

/** The process as long as it lives: where nobody collects the ended (a container without init), they stay for ever. */
export function livingProcess(pid: number | string): ProcStat | null {
  const stat = anyProcess(pid);
  return stat === null || stat.state === 'Z' || stat.state === 'X' ? null : stat;
}

/**
 * Whether the process was started with this variable in its environment; `ending` when it has none any more, since a
 * process that is being killed gives back its memory first. Where we may not look: `no`.
 */
export function hasEnvironment(pid: number, name: string, value: string): 'yes' | 'no' | 'ending' {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/environ`, 'utf8');
  } catch (thrown) {
    // ESRCH, ENOENT: it was listed a moment ago and its memory is gone now. EACCES, EPERM: not ours.
    return ['ESRCH', 'ENOENT'].includes((thrown as NodeJS.ErrnoException).code ?? '') ? 'ending' : 'no';
  }
  if (text === '') return 'ending';
  return text.split('\0').includes(`${name}=${value}`) ? 'yes' : 'no';
}

/** Names this boot of the machine; null where the system has no /proc. */
export function readBootId(): string | null {
  return readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

/** Reading /proc does no disk I/O: it takes microseconds, and a synchronous read sees the process before it can change. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // no such process (any more), not ours to look at, or no /proc: nothing is known of it
  }
}

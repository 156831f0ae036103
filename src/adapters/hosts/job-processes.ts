import type { ProcessIdentity } from '../../ports/host.js';
import type { ProcStat } from './proc-stat.js';

/** Names the job's folder in the environment of all its processes. */
export const JOB_FOLDER = 'MQI_JOB_FOLDER';

/** USER_HZ: what Linux shows times of /proc in, whatever the kernel's own tick; 100 on all architectures we run on. */
const TICKS_PER_SECOND = 100;

/** The processes of one machine, by its /proc. Those that have ended and only wait to be collected are not there. */
export interface ProcessTable {
  /** Names its present boot; null where there is no /proc. */
  bootId(): Promise<string | null>;
  living(pid: number): Promise<ProcStat | null>;
  /** Whose session or process group has this number. */
  session(leader: number): Promise<readonly ProcStat[]>;
  /** Whether it was started with this variable; `ending`: it gives its memory back already. */
  hasMark(pid: number, name: string, value: string): Promise<'yes' | 'no' | 'ending'>;
  /** To a process group; false when there is none. */
  signal(group: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean>;
}

/**
 * The processes of jobs, on any machine. A process is named by pid, start time and boot, so a pid that was given out again
 * is never taken for ours.
 *
 * A job's processes are those of the session its leader made. While the leader lives, the kernel gives its number to
 * nobody else. When the leader is gone but the session is not, the number is still taken; when both are gone it may come
 * back as a stranger's session, so a session without its leader is believed only with our mark in its environment.
 */
export class JobProcesses {
  constructor(private readonly table: ProcessTable) {}

  async isAlive(identity: ProcessIdentity): Promise<boolean> {
    return (await this.#leader(identity)) !== null;
  }

  async cpuSeconds(identity: ProcessIdentity): Promise<number | null> {
    const members = await this.#members(identity);
    if (members.length === 0) return null;
    return members.reduce((ticks, member) => ticks + member.cpuTicks, 0) / TICKS_PER_SECOND;
  }

  async signalGroup(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    const members = await this.#members(identity);
    // The group at once, so that no member can start another between two signals; then those with groups of their own.
    const groups = new Set(members.filter(({ surely }) => surely).map(({ processGroup }) => processGroup));
    let reached = members.some(({ surely }) => !surely);
    for (const group of groups) reached = (await this.table.signal(group, signal)) || reached;
    return reached;
  }

  async #leader({ pid, startTicks, bootId }: ProcessIdentity): Promise<ProcStat | null> {
    if (bootId !== (await this.table.bootId())) return null;
    const stat = await this.table.living(pid);
    return stat?.startTicks === startTicks ? stat : null;
  }

  /** The living processes of the job; `surely` false: one that is ending, counted but not signalled. */
  async #members(identity: ProcessIdentity): Promise<readonly (ProcStat & { readonly surely: boolean })[]> {
    if (identity.bootId !== (await this.table.bootId())) return [];
    const leaderLives = (await this.#leader(identity)) !== null;
    // Another process has our leader's number: then the kernel has seen our whole session end.
    if (!leaderLives && (await this.table.living(identity.pid)) !== null) return [];
    const members = await this.table.session(identity.pid);
    if (leaderLives) return members.map((member) => ({ ...member, surely: true }));
    const marked = await Promise.all(
      members.map(async (member) => ({
        ...member,
        mark: await this.table.hasMark(member.pid, JOB_FOLDER, identity.folder),
      })),
    );
    return marked
      .filter(({ mark }) => mark !== 'no')
      .map(({ mark, ...member }) => ({ ...member, surely: mark === 'yes' }));
  }
}

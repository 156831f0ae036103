import { CaseError } from '../../domain/errors.js';
import type { GpuProcess, SeenResource } from '../../domain/resource.js';
import type { Host } from '../../ports/host.js';

/** All processes of our jobs have this in their environment, on every host and with every scheduler (ports/host.ts). */
const MARK = /(?:^|\0)MQI_JOB_FOLDER=/;
/** It holds the GPU for those that share it (CUDA MPS), and is nobody's. */
const SHARES_IT = 'nvidia-cuda-mps';

/**
 * Whether processes on GPUs are of jobs of ours, by their mark or, where they may not be looked into, by that of the leader of their
 * session, the wrapper we started. Each is looked at once as long as it is listed: between the looks that see its pid it is
 * not given out again. Where nothing can be told, as in a container with process numbers of its own, nothing is.
 */
export class ProcessOwners {
  #known = new Map<number, boolean>();

  constructor(private readonly host: Host) {}

  /** Never rejects: it decides nothing. Processes come back as they are, with `ours` where that is known. */
  async tell(resources: readonly SeenResource[]): Promise<readonly SeenResource[]> {
    const pids = new Set(resources.flatMap(({ processes }) => processes?.map(({ pid }) => pid) ?? []));
    const told = await Promise.all([...pids].map(async (pid) => [pid, await this.#isOurs(pid)] as const));
    this.#known = new Map(told.flatMap(([pid, ours]) => (ours === null ? [] : [[pid, ours] as const])));
    const withOwner = (process: GpuProcess): GpuProcess => {
      const ours = this.#known.get(process.pid);
      return ours === undefined ? process : { ...process, ours };
    };
    return resources.map((one) => ({ ...one, processes: one.processes?.map(withOwner) ?? null }));
  }

  async #isOurs(pid: number): Promise<boolean | null> {
    const known = this.#known.get(pid);
    if (known !== undefined) return known;
    try {
      const { name, session } = parseStat(await this.host.readText(`/proc/${String(pid)}/stat`));
      if (session === null || name.startsWith(SHARES_IT)) return null;
      const own = await this.#isMarked(pid);
      if (own === true || session === pid || session === 0) return own;
      const ofLeader = await this.#isMarked(session);
      return ofLeader === true ? true : own;
    } catch (thrown) {
      if (thrown instanceof CaseError) return null; // the host is away, or it has just ended
      throw thrown;
    }
  }

  /** False too for one that we may not look into: our jobs are started under our account. Null: it is ending, or has. */
  async #isMarked(pid: number): Promise<boolean | null> {
    try {
      const environment = await this.host.readText(`/proc/${String(pid)}/environ`);
      return environment === null || environment === '' ? null : MARK.test(environment);
    } catch (thrown) {
      if (thrown instanceof CaseError && thrown.code === 'host.not-permitted') return false;
      throw thrown;
    }
  }
}

/** Of a line of /proc/PID/stat (proc(5)): the program's name may hold blanks and brackets; the session is field 6. */
function parseStat(line: string | null): { readonly name: string; readonly session: number | null } {
  const [, name = '', rest = ''] = /^\d+ \((.*)\) \S (.*)$/s.exec(line ?? '') ?? [];
  const session = Number(rest.split(' ')[2] ?? NaN);
  return { name, session: Number.isInteger(session) ? session : null };
}

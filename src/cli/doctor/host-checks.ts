import type { FarHost, FarHostState } from '../../ports/far-hosts.js';
import { toCaseError } from '../../domain/errors.js';
import { broken, doubtful, fine, withoutCase, type Finding } from './finding.js';

const GIB = 2 ** 30;
/** Below this a work folder is as good as full: one case with its results. */
const LITTLE_BYTES = 5 * GIB;
/** Certificates, sweeps by age and whoever compares two logs mind more than this. */
const CLOCKS_APART_MS = 5_000;

/** A machine reached by SSH: one line when all is well, else one for each thing that is not. */
export async function farHostLines(host: FarHost): Promise<readonly Finding[]> {
  const name = `host ${host.name}`;
  const found: Finding[] = [];
  if (await host.keyIsOpen()) {
    const message = 'others may read its private key (keyFile): ssh refuses to use it';
    found.push(doubtful(name, message, 'chmod 600, and have a new key made if others did read it'));
  }
  let state: FarHostState;
  try {
    state = await host.state();
  } catch (thrown) {
    const { message, remedy } = toCaseError(thrown);
    return [...found, broken(name, message, withoutCase(remedy))];
  }
  found.push(...needed(name, state), ...workFolder(name, state), ...clock(name, state));
  return found.length > 0 ? found : [fine(name, wellWords(state))];
}

function wellWords({ workDir, gpuTool }: FarHostState): string {
  const gpu = gpuTool === null ? 'no GPU tool, so CPU places' : gpuTool;
  const folder =
    workDir === null ? 'no work folder' : `${workDir.path} can be written to, ${freeWords(workDir.freeBytes)}`;
  return `lets us in; ${folder}; ${gpu}`;
}

function needed(name: string, { missing }: FarHostState): readonly Finding[] {
  if (missing.length === 0) return [];
  const remedy =
    'install GNU coreutils, util-linux, findutils, grep and awk there, and the engine; where a program lies elsewhere there, say so in execution.hosts[].installed, of the one that lists GPUs in gpuTool';
  return [broken(name, `programs that are needed there are not found: ${missing.join(', ')}`, remedy)];
}

function workFolder(name: string, { workDir }: FarHostState): readonly Finding[] {
  if (workDir === null) return [];
  const { path, isWritable, freeBytes } = workDir;
  if (!isWritable) {
    const remedy = 'give the user there the right to make and write it, free space, or change workDir';
    return [broken(name, `its work folder ${path} cannot be written to, ${freeWords(freeBytes)}`, remedy)];
  }
  if (freeBytes !== null && freeBytes >= LITTLE_BYTES) return [];
  return [doubtful(name, `its work folder ${path}: ${freeWords(freeBytes)}`, 'free space there, or change workDir')];
}

function clock(name: string, { aheadMs, aheadWithinMs }: FarHostState): readonly Finding[] {
  if (aheadMs === null || Math.abs(aheadMs) <= CLOCKS_APART_MS + aheadWithinMs) return [];
  const seconds = String(Math.round(Math.abs(aheadMs) / 1000));
  const message = `its clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`;
  return [doubtful(name, message, 'synchronise both clocks (chrony, systemd-timesyncd)')];
}

const freeWords = (bytes: number | null): string =>
  bytes === null ? 'its free space is not known' : `${(bytes / GIB).toFixed(1)} GiB free`;

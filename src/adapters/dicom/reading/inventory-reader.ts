import { join } from 'node:path';
import { input } from '../../../domain/errors.js';
import type { CtSlice, Inventory, PlanFile, StructureSetFile } from '../../../domain/inventory.js';
import { walkFolder } from './folder-walk.js';
import type { WalkRules } from './folder-walk.js';
import type { HeaderEntry } from './header-entry.js';
import { readHeader, scratchBuffer } from './header-reader.js';
import type { HeaderRead } from './header-reader.js';

export interface InventoryLimits extends WalkRules {
  readonly maxBytes: number;
}

/** More reads than disks answer at once, and few enough to leave the thread pool to others. */
const IN_FLIGHT = 16;

/**
 * Headers of every file below the folder, 16 reads in flight. `inWorker` reads a header too long to be parsed between
 * two other things on this thread.
 */
export async function readInventory(
  folder: string,
  limits: InventoryLimits,
  inlineBytes: number,
  inWorker: (absolute: string, path: string) => Promise<HeaderRead>,
  signal: AbortSignal,
): Promise<Inventory> {
  const { files, refused } = await walkFolder(folder, limits, signal);
  const entries = new Array<HeaderEntry>(files.length);
  const stamps = new Map<string, string>();
  let bytes = 0;
  let next = 0;
  // Each lane takes the next file; index and sum change between awaits only, so lanes never see a half-made step.
  const lane = async (): Promise<void> => {
    const scratch = scratchBuffer();
    for (let i = next++; i < files.length; i = next++) {
      signal.throwIfAborted();
      const path = files[i] ?? '';
      const absolute = join(folder, path);
      const read = await readHeader(absolute, path, scratch, inlineBytes);
      const { entry, stamp } = read.entry === 'needs-worker' ? await inWorker(absolute, path) : read;
      bytes += read.bytes;
      if (bytes > limits.maxBytes) throw tooBig(limits.maxBytes);
      stamps.set(path, stamp);
      entries[i] = entry === 'needs-worker' ? { kind: 'unreadable', reason: 'its header is too long' } : entry;
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, files.length) }, lane));
  return { ...assemble(files, entries, refused), bytes, stamps };
}

function assemble(
  files: readonly string[],
  entries: readonly HeaderEntry[],
  refused: Inventory['unreadable'],
): Omit<Inventory, 'bytes' | 'stamps'> {
  const ionPlans: PlanFile[] = [];
  const otherPlans: PlanFile[] = [];
  const ctSlices: CtSlice[] = [];
  const structureSets: StructureSetFile[] = [];
  const otherObjects: { path: string; sopClassUid: string }[] = [];
  const directories: string[] = [];
  const notDicom: string[] = [];
  const unreadable = [...refused];
  entries.forEach((entry, i) => {
    const path = files[i] ?? '';
    if (entry.kind === 'ct') ctSlices.push(entry.file);
    else if (entry.kind === 'ion-plan') ionPlans.push(entry.file);
    else if (entry.kind === 'other-plan') otherPlans.push(entry.file);
    else if (entry.kind === 'structure-set') structureSets.push(entry.file);
    else if (entry.kind === 'other') otherObjects.push({ path, sopClassUid: entry.sopClassUid });
    else if (entry.kind === 'directory') directories.push(path);
    else if (entry.kind === 'not-dicom') notDicom.push(path);
    else unreadable.push({ path, reason: entry.reason });
  });
  const count = files.length + refused.length;
  const described = { ionPlans, otherPlans, ctSlices, structureSets, otherObjects };
  return { ...described, directories, notDicom, unreadable, files: count };
}

const tooBig = (maxBytes: number) =>
  input('intake.too-big', `the case folder holds more than ${String(maxBytes / 2 ** 30)} GiB (intake.maxGiB)`, {
    remedy: 'drop one case per folder, or raise intake.maxGiB',
  });

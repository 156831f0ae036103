import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, exists } from './is-present.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

const ROUNDS = 100;
const BYTES = 8_192;
const CLOCKS_APART_MS = 5_000;

/** The system calls a look is made with: a test makes them lie. */
export interface FileCalls {
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly read: (path: string) => Promise<Buffer>;
  /** Time of the last change, ms since 1970. */
  readonly changedAt: (path: string) => Promise<number>;
  readonly isThere: (path: string) => Promise<boolean>;
  readonly now: () => number;
}

const REAL: FileCalls = {
  rename,
  read: (path) => readFile(path),
  changedAt: async (path) => (await stat(path)).mtimeMs,
  isThere: exists,
  now: Date.now,
};

/**
 * What we rely on where we write: a rename puts a whole file in place of another, names that differ in case are two, and the
 * clock that stamps files is ours. In a folder of its own, which is removed. A folder that does not exist yet is left for
 * the service to make.
 */
export async function checkWrittenFolder(
  name: string,
  folder: string,
  signal: AbortSignal,
  calls: FileCalls = REAL,
): Promise<readonly Finding[]> {
  if (!(await exists(folder))) return [fine(name, 'not there yet')];
  const scratch = join(folder, `.mqi-doctor-${randomUUID()}`);
  const found = await tryIn(scratch, name, signal, calls);
  try {
    await rm(scratch, { recursive: true, force: true });
    return found;
  } catch (thrown) {
    // Where it could not even be made, that is what is wrong: the target may be a file, its disk may be gone.
    const isLeft = found.every(({ result }) => result !== 'fail');
    const what = `the folder of this check could not be removed (${codeOf(thrown)})`;
    return isLeft ? [...found, doubtful(name, what, `remove ${scratch}`)] : found;
  }
}

async function tryIn(
  scratch: string,
  name: string,
  signal: AbortSignal,
  calls: FileCalls,
): Promise<readonly Finding[]> {
  try {
    await mkdir(scratch);
    const at = join(scratch, 'probe');
    await writeFile(at, 'probe');
    const found = [
      ...(await renames(name, at, signal, calls)),
      ...clockLine(name, (await calls.changedAt(at)) - calls.now()),
      ...((await calls.isThere(join(scratch, 'PROBE'))) ? [caseLine(name)] : []),
    ];
    return found.length > 0 ? found : [fine(name, 'renames are whole, names differ by case, its clock is ours')];
  } catch (thrown) {
    return [
      codeOf(thrown) === 'ENOTDIR'
        ? broken(name, 'it is no folder', 'move away what is there, and make a folder in its place')
        : broken(name, `nothing can be written there (${codeOf(thrown)})`, 'give the user of the service write access'),
    ];
  }
}

/** Others read while we replace: each of them must find one file or the other, whole. */
async function renames(name: string, at: string, signal: AbortSignal, calls: FileCalls): Promise<readonly Finding[]> {
  let torn = 0;
  await flushedWrite(at, Buffer.alloc(BYTES, '0'));
  for (let round = 1; round <= ROUNDS && !signal.aborted; round++) {
    const content = Buffer.alloc(BYTES, String(round % 10));
    await writeFile(`${at}.part`, content);
    const [, seen] = await Promise.all([calls.rename(`${at}.part`, at), calls.read(at).catch(() => Buffer.alloc(0))]);
    if (seen.length !== BYTES || seen.some((byte) => byte !== seen[0])) torn += 1;
  }
  if (torn === 0) return [];
  const message = `of ${String(ROUNDS)} readers ${String(torn)} found no whole file while it was replaced`;
  return [broken(name, message, 'use a file system whose rename is atomic; whoever reads there may see half a file')];
}

async function flushedWrite(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

function clockLine(name: string, aheadMs: number): readonly Finding[] {
  if (Math.abs(aheadMs) <= CLOCKS_APART_MS) return [];
  const seconds = String(Math.round(Math.abs(aheadMs) / 1000));
  const message = `the clock that stamps its files is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`;
  return [doubtful(name, message, 'synchronise both clocks (chrony, systemd-timesyncd)')];
}

const caseLine = (name: string): Finding =>
  doubtful(
    name,
    'names that differ only in capitals are one file there',
    'see that no two case folders differ only in capitals, or use another file system',
  );

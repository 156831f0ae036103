import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { WhileUnchanged } from '../../../files/while-unchanged.js';
import { diskFailure, errorCode } from '../engine-files.js';
import { makeFolders } from '../../../files/make-folders.js';

/** Names in the folder of an attempt. The program runs there, so that its input holds no path and no name of a case. */
export const NAMES = {
  input: 'moqui.in',
  dicom: 'dicom',
  plan: 'RN.dcm',
  machine: 'machine.txt',
  logs: 'logs',
  field: 'Field001',
  output: 'out',
  record: 'moqui.json',
  /** Written by the job: SHA-256 of the program as it is where the job runs. */
  program: 'program.sha256',
} as const;

/** A fresh folder: what an attempt of the same number left there is removed. */
export async function freshFolder(...parts: readonly string[]): Promise<string> {
  const folder = join(...parts);
  return guarded('making a folder for the engine', async () => {
    await rm(folder, { recursive: true, force: true });
    await makeFolders(folder);
    return folder;
  });
}

export const writeInto = (path: string, content: string | Uint8Array, mode = 0o640): Promise<void> =>
  guarded('writing the input of the engine', () => writeFile(path, content, { mode }));

/** What a shared folder must hold to be used: these files, each of at least so many bytes. */
export interface DueFiles {
  readonly names: readonly string[];
  readonly leastBytes: number;
}

/** Shared folders that are being looked at or made, by path: all of it is done in one thread. */
const BEING_MADE = new Map<string, Promise<void>>();

/**
 * A folder made once and then shared by the beams of a case: filled under a name of its own, then renamed. Who wants it while
 * it is made waits, and looks then. One that is no longer whole (somebody cleaned up, a disk lost files) is made anew;
 * attempts that have linked its files keep theirs.
 */
export async function sharedFolder(
  folder: string,
  due: DueFiles,
  fill: (part: string) => Promise<void>,
): Promise<void> {
  const before = BEING_MADE.get(folder) ?? Promise.resolve();
  const made = before.catch(() => undefined).then(() => makeShared(folder, due, fill)); // who made it hears of a failure
  BEING_MADE.set(folder, made);
  try {
    await made;
  } finally {
    if (BEING_MADE.get(folder) === made) BEING_MADE.delete(folder);
  }
}

async function makeShared(folder: string, due: DueFiles, fill: (part: string) => Promise<void>): Promise<void> {
  if (await isWhole(folder, due)) return;
  await guarded('clearing away what is left of the CT for the engine', () =>
    rm(folder, { recursive: true, force: true }),
  );
  const part = `${folder}.${randomUUID()}.part`;
  await guarded('writing the CT for the engine', async () => {
    try {
      await fill(part);
      await rename(part, folder);
    } catch (thrown) {
      await rm(part, { recursive: true, force: true });
      if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(thrown))) throw thrown;
    }
  });
}

/** The same file under a second name; a copy where the file system has no such thing. */
export const linkOrCopy = (from: string, to: string): Promise<void> =>
  guarded('laying out the input of the engine', async () => {
    try {
      await link(from, to);
    } catch (thrown) {
      if (!['EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(errorCode(thrown))) throw thrown;
      await copyFile(from, to);
    }
  });

export const sha256Of = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** SHA-256 of an input of ours. */
export const fileSha256 = (path: string): Promise<string> =>
  guarded('reading the input of the engine', async () => {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  });

/** Of large files that all beams of a case read: while they are read a GPU waits. */
const KNOWN_HASHES = new WhileUnchanged(fileSha256);

/** As `fileSha256`, read once for as long as the file stays as it is. */
export const knownSha256 = (path: string): Promise<string> => KNOWN_HASHES.of(path);

async function isWhole(folder: string, { names, leastBytes }: DueFiles): Promise<boolean> {
  return guarded('looking for the CT for the engine', async () => {
    for (const name of names) {
      try {
        if ((await stat(join(folder, name))).size < leastBytes) return false;
      } catch (thrown) {
        if (['ENOENT', 'ENOTDIR'].includes(errorCode(thrown))) return false;
        throw thrown;
      }
    }
    return true;
  });
}

/** What the operating system says, as a failure of ours; failures of ours pass as they are. */
async function guarded<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === 'unknown' || !/^E[A-Z0-9]+$/.test(code)) throw thrown;
    throw diskFailure(thrown, doing);
  }
}

import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CaseError, permanent } from '../../domain/errors.js';
import { makeFolders } from '../../files/make-folders.js';
import { systemCode } from '../../files/system-code.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import { folderError } from './folder-error.js';
import { copyWhole, fileSha256 } from './whole-copy.js';

/** The file meta information, which names the object, stands at the very start. */
const META_BYTES = 1024;

export interface FolderPlaceOptions {
  /** Absolute. */
  readonly path: string;
  /**
   * True for a folder below our own root, which is made when missing. A mounted share that is away must not be made:
   * the doses would land on the disk beneath it.
   */
  readonly makeMissing: boolean;
}

/** A folder or mounted share that files are placed in, whatever they are called there. */
export class FolderPlace {
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(
    private readonly target: string,
    private readonly options: FolderPlaceOptions,
  ) {}

  /**
   * Queues work under a key, what is one name at the target having one key, and translates what the operating system says.
   * @throws CaseErrors of `folderError`
   */
  alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw folderError(error, this.target);
      }
    };
    const result = (this.#last.get(key) ?? Promise.resolve()).then(run, run);
    this.#last.set(key, result);
    const forget = (): void => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(forget, forget);
    return result;
  }

  /**
   * Makes the folders below the target, segment by segment: none may lead out of it, by `..` or by a link.
   * @throws the error given, where one would
   */
  async makeFolders(segments: readonly string[], leadsOut: () => CaseError): Promise<string> {
    await this.#root();
    let folder = this.options.path;
    for (const segment of segments) {
      if (['', '.', '..'].includes(segment) || segment.includes('\0')) throw leadsOut();
      folder = join(folder, segment);
      try {
        await mkdir(folder);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
        if (!(await lstat(folder)).isDirectory()) throw leadsOut();
      }
    }
    return folder;
  }

  /** Writes, renames and removes a file; words for what is wrong. */
  async check(): Promise<readonly string[]> {
    const probe = join(this.options.path, `.mqi-probe-${randomUUID()}`);
    try {
      await this.#root();
      await writeFile(probe, 'probe');
      await rename(probe, `${probe}.renamed`);
      await rm(`${probe}.renamed`);
      return [];
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      // What was written before the failure, as far as it can be removed; the failure itself is what is reported.
      await Promise.allSettled([rm(probe, { force: true }), rm(`${probe}.renamed`, { force: true })]);
      return [`${this.options.path}: ${WORDS[code] ?? `cannot be used (${code})`}`];
    }
  }

  async #root(): Promise<void> {
    if (this.options.makeMissing) await makeFolders(this.options.path);
    else await stat(this.options.path);
  }
}

/**
 * Places an object under a name, unless it lies there already; how it was proven, in words.
 * @throws permanent `upload.uid-conflict`, `upload.name-conflict` where another file lies there; as `copyWhole`
 */
export async function placeObject(
  dose: MadeDose,
  location: string,
  remedy: string,
  signal: AbortSignal,
): Promise<string> {
  const present = await fileSha256(location, signal);
  if (present === dose.sha256) return 'sha256 of the copy that was already there';
  if (present !== null) throw await conflict(location, dose, remedy);
  await copyWhole(dose.path, location, dose.sha256, signal);
  return 'sha256 read back';
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'is not a folder',
  EACCES: 'the service may not write there',
  EPERM: 'the service may not write there',
  EROFS: 'is mounted read-only',
  ENOSPC: 'there is no room left',
  EDQUOT: 'the quota is used up',
};

async function conflict(location: string, { sopInstanceUid }: MadeDose, remedy: string): Promise<CaseError> {
  const file = await open(location, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(META_BYTES), 0, META_BYTES, 0);
    return buffer.subarray(0, bytesRead).includes(sopInstanceUid)
      ? permanent('upload.uid-conflict', 'the target holds another dose under the same SOP instance UID', { remedy })
      : permanent('upload.name-conflict', 'the target holds another file under the same name', { remedy });
  } finally {
    await file.close();
  }
}

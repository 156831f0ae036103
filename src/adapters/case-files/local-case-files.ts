import { constants, type Stats } from 'node:fs';
import { lstat, open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Folders } from '../../domain/folders.js';
import { diskError } from '../../files/disk-error.js';
import { systemCode } from '../../files/system-code.js';
import type { CaseFile } from '../../domain/case-file.js';
import type { CaseFiles, FilesOf, OpenedFile } from '../../ports/case-files.js';
import { placesOfCase, type PlaceOfFile } from './places-of-case.js';

/** What says that there is no file of ours there: nothing, a link, a folder in place of a file or the other way round. */
const NO_FILE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'];

/**
 * Files below the root, by names that only this code makes: nothing that a request carries becomes part of a path. An engine
 * writes into its own folder and could leave a link there: links are not followed, neither in the file's name nor above it.
 */
export class LocalCaseFiles implements CaseFiles {
  constructor(private readonly folders: Folders) {}

  async list(of: FilesOf): Promise<readonly CaseFile[]> {
    const files = await Promise.all(placesOfCase(this.folders, of).map(fileAt));
    return files.filter((file) => file !== null);
  }

  async open(of: FilesOf, id: string): Promise<OpenedFile | null> {
    const place = placesOfCase(this.folders, of).find((one) => one.id === id);
    return place === undefined ? null : orNull(() => this.#open(place));
  }

  async #open(place: PlaceOfFile): Promise<OpenedFile | null> {
    const file = await open(place.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || !(await this.#isReally(place.path, stats))) {
        await file.close();
        return null;
      }
      return opened(place, file, stats);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  /** True when what was opened is the very file that stands at this place of the root once every link is taken out of the way. */
  async #isReally(path: string, { dev, ino }: Stats): Promise<boolean> {
    const { root } = this.folders;
    const withoutLinks = join(await realpath(root), relative(root, path));
    if ((await realpath(path)) !== withoutLinks) return false;
    const there = await stat(withoutLinks);
    return there.dev === dev && there.ino === ino;
  }
}

function opened(place: PlaceOfFile, file: FileHandle, stats: Stats): OpenedFile {
  return {
    ...described(place, stats),
    tag: `${stats.ino.toString(36)}-${stats.size.toString(36)}-${Math.round(stats.mtimeMs).toString(36)}`,
    // `end` keeps a log that grows meanwhile to the length that was promised.
    stream: (start, end) => file.createReadStream({ start, end, autoClose: true }),
    close: () => file.close(),
  };
}

function fileAt(place: PlaceOfFile): Promise<CaseFile | null> {
  return orNull(async () => {
    const stats = await lstat(place.path);
    return stats.isFile() ? described(place, stats) : null;
  });
}

function described({ path: _path, ...place }: PlaceOfFile, { size, mtimeMs }: Stats): CaseFile {
  return { ...place, bytes: size, changedAt: Math.round(mtimeMs) };
}

async function orNull<T>(look: () => Promise<T | null>): Promise<T | null> {
  try {
    return await look();
  } catch (thrown) {
    if (NO_FILE.includes(systemCode(thrown) ?? '')) return null;
    throw diskError(thrown);
  }
}

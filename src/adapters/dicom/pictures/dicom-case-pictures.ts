import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Piscina } from 'piscina';
import type { Case } from '../../../domain/case.js';
import { CaseError, transient } from '../../../domain/errors.js';
import type { Folders } from '../../../domain/folders.js';
import { diskError } from '../../../files/disk-error.js';
import { systemCode } from '../../../files/system-code.js';
import type { CasePictures, DoseWanted, Picture } from '../../../ports/case-pictures.js';
import type { PictureReply, PictureTask } from './picture-task.js';

/** Pictures kept: several people look at the same case, and come back to it. */
const MOST_KEPT_BYTES = 32 * 2 ** 20;
/** Waiting for the thread. More at once is nobody's work on a page. */
const MOST_WAITING = 16;

/**
 * Made in one worker thread, which starts with the first picture and ends when idle, and kept while there is room. A picture is
 * known by the files it is made of (time, size, inode), so one that was calculated again is drawn again. Asked for twice at
 * once it is made once: the promise is what is kept. A failure is not kept.
 */
export class DicomCasePictures implements CasePictures {
  readonly #workers = new Piscina({
    filename: new URL('./picture.worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    maxQueue: MOST_WAITING,
    idleTimeout: 10_000,
  });
  /** Least lately used first. */
  readonly #kept = new Map<string, { readonly picture: Promise<Picture>; bytes: number }>();

  constructor(private readonly folders: Folders) {}

  async dose({ kase, beamNumber, of, through }: DoseWanted): Promise<Picture> {
    const { folders } = this;
    const dosePath = of === 'beam' ? folders.beamDose(kase, beamNumber) : folders.planDose(kase);
    const beamInputPath = folders.beamInput(kase, beamNumber);
    const geometryPath = folders.geometry(kase, beamNumber);
    const ctPath = folders.ctImage(kase);
    const files = [dosePath, beamInputPath, geometryPath, ctPath];
    return this.#make({ do: 'dose', dosePath, beamInputPath, geometryPath, ctPath, beamNumber, of, through }, files);
  }

  async layers(kase: Pick<Case, 'id' | 'run'>, beamNumber: number): Promise<Picture> {
    const beamInputPath = this.folders.beamInput(kase, beamNumber);
    return this.#make({ do: 'layers', beamInputPath }, [beamInputPath]);
  }

  async #make(task: PictureTask, files: readonly string[]): Promise<Picture> {
    const tag = tagOf(task, await Promise.all(files.map(stampOf)));
    const known = this.#kept.get(tag);
    if (known !== undefined) {
      this.#kept.delete(tag);
      this.#kept.set(tag, known);
      return known.picture;
    }
    const entry = { picture: this.#run(task, tag), bytes: 0 };
    this.#kept.set(tag, entry);
    try {
      const picture = await entry.picture;
      entry.bytes = picture.json.length;
      this.#makeRoom();
      return picture;
    } catch (thrown) {
      this.#kept.delete(tag);
      throw thrown;
    }
  }

  async #run(task: PictureTask, tag: string): Promise<Picture> {
    let reply: PictureReply;
    try {
      reply = (await this.#workers.run(task, { name: 'makePicture' })) as PictureReply;
    } catch (cause) {
      throw transient('picture.busy', 'the picture could not be made now', { cause, remedy: 'ask again in a moment' });
    }
    if ('json' in reply) return { json: reply.json, tag };
    const { severity, code, message, remedy } = reply.failure;
    throw new CaseError(severity, code, message, { remedy, cause: reply.cause });
  }

  #makeRoom(): void {
    let bytes = [...this.#kept.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [tag, entry] of this.#kept) {
      if (bytes <= MOST_KEPT_BYTES) return;
      this.#kept.delete(tag);
      bytes -= entry.bytes;
    }
  }
}

/** Changes with the content, as far as a file system can tell; a file that is not there is told too. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return [ino, size, mtimeMs].join(' ');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return '';
    throw diskError(thrown);
  }
}

const tagOf = (task: PictureTask, stamps: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([task, stamps]))
    .digest('base64url')
    .slice(0, 22);

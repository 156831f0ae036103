import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Inject, Service } from 'typedi';
import { parseAcceptedCase } from '../domain/accepted-case.js';
import type { Case } from '../domain/case.js';
import { diskNeed, hasRoom, roomWords, type DiskState } from '../domain/disk-need.js';
import type { Folders } from '../domain/folders.js';
import { systemCode } from '../files/system-code.js';
import { Clock } from '../ports/clock.js';
import { DiskSpace } from '../ports/disk-space.js';
import { Logger } from '../ports/logger.js';
import { Settings } from '../ports/settings.js';
import { WorkFolders } from '../ports/work-folders.js';
import { folderBelow } from './folder-below.js';

/** Free space may also come back by other hands, which nobody tells us. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Room on the disk of the root. What a case that works may still write is promised to it, so that two cases are not let
 * in for the same space; a promise counts in full until its work ends, also for what is written by then, so it errs on
 * the safe side. Promises live in memory: after a restart each step asks again.
 */
@Service()
export class DiskRoom {
  readonly #promised = new Map<string, number>();
  #changed = new AbortController();
  #short = false;

  constructor(
    @Inject(DiskSpace) private readonly disk: DiskSpace,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** What is lacking for a case with so many beams, in words; null when there is room. */
  async shortage(kase: Case, beams: number): Promise<string | null> {
    return this.#shortageOf(await this.#state(await this.#need(kase, beams)));
  }

  /**
   * Does the work once there is room for it, and keeps the room for it meanwhile. Where the disk itself lacks room the
   * work is not begun and the words for it are given; room promised to other cases is waited for: they will end.
   */
  async within<T>(kase: Case, signal: AbortSignal, work: () => Promise<T>): Promise<T | { readonly shortage: string }> {
    const needBytes = await this.#need(kase, kase.beamCount);
    for (;;) {
      const changed = this.#changed.signal;
      const state = await this.#state(needBytes);
      const shortage = this.#shortageOf(state);
      if (shortage !== null) return { shortage };
      // No await between this and the promise: two cases never take the same room.
      if (hasRoom({ ...state, freeBytes: state.freeBytes - this.#promisedToOthers(kase.id) })) break;
      await this.clock.sleep(LOOK_AGAIN_MS, AbortSignal.any([changed, signal]));
      signal.throwIfAborted();
    }
    this.#promised.set(kase.id, needBytes);
    try {
      return await work();
    } finally {
      this.#promised.delete(kase.id);
      this.#changed.abort();
      this.#changed = new AbortController();
    }
  }

  #promisedToOthers(caseId: string): number {
    return [...this.#promised].reduce((sum, [id, bytes]) => (id === caseId ? sum : sum + bytes), 0);
  }

  async #state(needBytes: number): Promise<DiskState> {
    const freeBytes = await this.disk.freeBytes(this.folders.root);
    return { freeBytes, needBytes, minFreeGiB: this.settings.intake.minFreeGiB };
  }

  #shortageOf(state: DiskState): string | null {
    const short = !hasRoom(state);
    if (short && !this.#short) this.log.error('disk space is short, cases wait', { bytes: state.freeBytes });
    if (!short && this.#short) this.log.info('disk space is back', { bytes: state.freeBytes });
    this.#short = short;
    return short ? `disk space: ${roomWords(state)}` : null;
  }

  /** Of what validation found; nothing is known, and nothing large is written, before that. */
  async #need(kase: Case, beams: number): Promise<number> {
    if (beams === 0) return 0;
    const text = await readFile(this.folders.inventory(kase), 'utf8').catch((thrown: unknown) => {
      if (systemCode(thrown) !== null) return null; // the step that needs it says what is wrong with it
      throw thrown;
    });
    if (text === null) return 0;
    const { ctSlices } = parseAcceptedCase(text);
    const { doseSpacingMm, phantom } = this.settings.geometry;
    const onCtGrid = this.settings.engine.kind === 'moqui';
    return diskNeed({ ctSlices, beams, doseSpacingMm, phantom, onCtGrid, copies: this.#copies() });
  }

  #copies(): number {
    const { root } = this.folders;
    const isOnOurDisk = (path: string): boolean => relative(root, path) === '' || folderBelow(root, path) !== null;
    return this.settings.uploads.filter(({ path }) => path !== null && isOnOurDisk(path)).length;
  }
}

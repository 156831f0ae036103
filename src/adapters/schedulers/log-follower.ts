import { join } from 'node:path';
import type { Host } from '../../ports/host.js';
import type { LineSplitter } from './line-splitter.js';
import { JOB_FILES } from './wrapper-script.js';

/** Output is read in parts of this size, so that a log of any length costs little memory. */
const PART_BYTES = 1 << 20;
/** In one look at a job that runs: one that writes faster than we read would else never be held to its limits. */
const PARTS_WHILE_RUNNING = 8;
/** Once it has ended: its lines only tell how far it is, and the whole log is on disk for who judges it. */
const PARTS_AT_END = 64;

/** What one look at the log has found. */
interface LogSeen {
  readonly grew: boolean;
  /** There is more than was read now. */
  readonly isBehind: boolean;
  /** It is larger than the job's may become. Never of a job that has ended: what it left is judged like any. */
  readonly isTooLarge: boolean;
}

/** Reads what a job writes, from its first byte on, and gives it out as lines. */
export class LogFollower {
  #offset = 0;

  constructor(
    private readonly host: Host,
    private readonly folder: string,
    private readonly lines: LineSplitter,
    private readonly maxBytes = Infinity,
  ) {}

  async readOn(isEnded: boolean): Promise<LogSeen> {
    const parts = isEnded ? PARTS_AT_END : PARTS_WHILE_RUNNING;
    for (let part = 0; part < parts; part++) {
      const bytes = await this.host.readFrom(join(this.folder, JOB_FILES.log), this.#offset, PART_BYTES);
      const count = bytes?.length ?? 0;
      this.#offset += count;
      if (bytes !== null) this.lines.push(bytes);
      // With each part: a fast disk takes hundreds of MiB while the lines of all parts of a look are gone through.
      const isTooLarge = !isEnded && (await this.#isTooLarge(count === PART_BYTES));
      if (count < PART_BYTES || isTooLarge) return { grew: part > 0 || count > 0, isBehind: false, isTooLarge };
    }
    return { grew: true, isBehind: true, isTooLarge: false };
  }

  /** What was read to its end is as large as that; else one byte beyond the limit says it, however far we are behind. */
  async #isTooLarge(mayBeBehind: boolean): Promise<boolean> {
    if (this.#offset > this.maxBytes) return true;
    if (!mayBeBehind || this.maxBytes === Infinity) return false;
    const beyond = await this.host.readFrom(join(this.folder, JOB_FILES.log), this.maxBytes, 1);
    return beyond !== null && beyond.length > 0;
  }
}

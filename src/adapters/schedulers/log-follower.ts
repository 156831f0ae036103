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

/** Reads what a job writes, from its first byte on, and gives it out as lines. */
export class LogFollower {
  #offset = 0;

  constructor(
    private readonly host: Host,
    private readonly folder: string,
    private readonly lines: LineSplitter,
  ) {}

  /** @returns whether there was anything new, and whether there is more than was read now */
  async readOn(isEnded: boolean): Promise<{ readonly grew: boolean; readonly isBehind: boolean }> {
    const parts = isEnded ? PARTS_AT_END : PARTS_WHILE_RUNNING;
    for (let part = 0; part < parts; part++) {
      const bytes = await this.host.readFrom(join(this.folder, JOB_FILES.log), this.#offset, PART_BYTES);
      if (bytes === null || bytes.length === 0) return { grew: part > 0, isBehind: false };
      this.#offset += bytes.length;
      this.lines.push(bytes);
      if (bytes.length < PART_BYTES) return { grew: true, isBehind: false };
    }
    return { grew: true, isBehind: true };
  }
}

import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** How one copy goes. */
export type Manner = 'steady' | 'stalls within the quiet time' | 'stalls for three quiet times';

export interface Pace {
  /** A whole copy, without its stall, ms. */
  readonly copyMs: number;
  readonly quietMs: number;
}

/** When the last byte was written, Unix ms, and the longest time within the copy in which nothing was, ms. */
export interface Copied {
  readonly writtenAt: number;
  readonly longestPauseMs: number;
}

const passing = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A case that is copied into the inbox again and again, file by file as a copying program does, in place. */
export class CopiedCase {
  readonly #files: ReadonlyMap<string, Buffer>;

  /** @param planUid SOPInstanceUID of the plan; each copy gets one of its own, so that none is a duplicate */
  constructor(
    made: string,
    private readonly planUid: string,
  ) {
    const names = readdirSync(made).sort();
    this.#files = new Map(names.map((name) => [name, readFileSync(join(made, name))]));
  }

  get files(): number {
    return this.#files.size;
  }

  /**
   * Writes the case; a copy that stalls does so in the middle of a file half way, and starts again there. Of a copy that
   * stalls for longer than the quiet time plan and structure set come first: what is still missing is then known by
   * content. (With neither, nobody can tell a stalled copy from one that has ended.)
   */
  async copyTo(folder: string, number: number, manner: Manner, { copyMs, quietMs }: Pace): Promise<Copied> {
    const names = [...this.#files.keys()];
    if (manner === 'stalls for three quiet times') names.sort((a, b) => Number(isCt(a)) - Number(isCt(b)));
    const stallsAt = Math.floor(names.length / 2);
    const stallMs = manner === 'steady' ? 0 : manner === 'stalls within the quiet time' ? 0.7 * quietMs : 3 * quietMs;
    let longestPauseMs = 0;
    mkdirSync(folder);
    for (const [at, name] of names.entries()) {
      const bytes = this.#bytesOf(name, number);
      const file = openSync(join(folder, name), 'w');
      const half = Math.floor(bytes.length / 2);
      // From before the one write to after the next: what is seen of them lies between.
      const fromMs = performance.now();
      writeSync(file, bytes, 0, half);
      await passing(copyMs / names.length + (at === stallsAt ? stallMs : 0));
      writeSync(file, bytes, half);
      closeSync(file);
      longestPauseMs = Math.max(longestPauseMs, performance.now() - fromMs);
    }
    return { writtenAt: Date.now(), longestPauseMs };
  }

  #bytesOf(name: string, number: number): Buffer {
    const bytes = this.#files.get(name) ?? Buffer.alloc(0);
    if (isCt(name)) return bytes;
    const own = this.planUid.slice(0, -6) + String(100_000 + number);
    return Buffer.from(bytes.toString('latin1').replaceAll(this.planUid, own), 'latin1');
  }
}

const isCt = (name: string): boolean => name.startsWith('CT.');

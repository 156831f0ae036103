import { createHash } from 'node:crypto';
import { decodeMarker, MAX_MANIFEST_BYTES, readMarkerText, tooLongMarker } from '../../domain/manifest.js';
import type { MarkerText } from '../../domain/manifest.js';
import { readBounded } from '../../files/read-bounded.js';
import { mayPass } from '../../files/system-code.js';

interface Known {
  readonly stamp: string;
  readonly text: MarkerText;
  /** SHA-256 of its bytes; null when they do not matter, since it is no manifest. */
  readonly digest: string | null;
  readonly bytes: number;
}

/** Of the texts that are kept, so that a manifest is not read again at every walk. */
const KEPT_BYTES = 32 * 2 ** 20;
/** What an empty one costs. */
const LEAST_BYTES = 500;
const BEGINNING = 64 * 1024;
const PLAIN = { text: { kind: 'plain' }, digest: null } as const;

/** Reads what ready markers say; keeps the last texts. Oldest are forgotten first, and only read again. */
export class MarkerTexts {
  readonly #known = new Map<string, Known>();
  #bytes = 0;

  /**
   * @param stamp the file's size and date: a text is read again when it is another
   * Throws where the share does not answer; what may not be read, or is gone again, counts as damaged.
   */
  async read(path: string, size: number, stamp: string): Promise<Pick<Known, 'text' | 'digest'>> {
    if (size === 0) return PLAIN;
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known;
    const { text, digest } = await readText(path, size);
    this.#forget(path);
    const bytes = LEAST_BYTES + (text.kind === 'manifest' ? 4 * size : 0);
    this.#known.set(path, { stamp, text, digest, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#known.keys()) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#forget(oldest);
    }
    return { text, digest };
  }

  #forget(path: string): void {
    this.#bytes -= this.#known.get(path)?.bytes ?? 0;
    this.#known.delete(path);
  }
}

async function readText(path: string, size: number): Promise<Pick<Known, 'text' | 'digest'>> {
  const isTooLong = size > MAX_MANIFEST_BYTES;
  let bytes: Buffer | null;
  try {
    bytes = await readBounded(path, isTooLong ? BEGINNING : MAX_MANIFEST_BYTES);
  } catch (thrown) {
    if (mayPass(thrown)) throw thrown;
    return { text: { kind: 'damaged', why: 'it may not be read' }, digest: 'unreadable' };
  }
  if (bytes === null) return PLAIN;
  const decoded = decodeMarker(bytes);
  const text = isTooLong ? tooLongMarker(decoded) : await inSlices(readMarkerText(decoded));
  return { text, digest: text.kind === 'plain' ? null : createHash('sha256').update(bytes).digest('hex') };
}

/** Lets the event loop turn between the slices of a long text. */
async function inSlices(reading: Generator<undefined, MarkerText>): Promise<MarkerText> {
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

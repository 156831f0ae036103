/*
 * What a ready marker says beside being there. Its text is a manifest when every line that is not blank or a comment (#)
 * is one of `sha256sum`: the hash, two blanks (or blank and `*`, or blanks and tabs), the path. It is damaged when a line
 * looks like one of those and another does not, or leads elsewhere than into the case folder. Anything else (nothing, a
 * date, "done") is no manifest, and the marker just a marker. Nothing here opens a file: a path is only ever compared
 * with those that a walk of the case folder found.
 */
export interface ManifestEntry {
  /** `/` between segments, Unicode NFC; never absolute, never with `..`. */
  readonly path: string;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

export type MarkerText =
  | { readonly kind: 'plain' }
  | {
      readonly kind: 'manifest';
      readonly entries: readonly ManifestEntry[];
      /** Its last line is ended: the end of a text that is still being written mostly is not. */
      readonly isWhole: boolean;
    }
  /** `why`: in words, without text of the file. */
  | { readonly kind: 'damaged'; readonly why: string };

/** Room for 80,000 files with paths of 60 characters; nobody's case has as many (intake.maxFiles). */
export const MAX_MANIFEST_BYTES = 10 * 2 ** 20;
/** No file system takes a longer path. */
const MAX_PATH = 4096;
const MAX_LINE = MAX_PATH + 80;
const LINES_AT_ONCE = 2_000;

const ENTRY = /^(\\?)([0-9a-f]{64})(?: [ *]|[ \t]+\*?)(.+)$/is;
const LIKE_AN_ENTRY = /(?:^|[^0-9a-z])[0-9a-f]{64}(?![0-9a-z])/i;
/** What stands in a decoded text where the bytes meant nothing. */
const REPLACEMENT = '\uFFFD';

/** UTF-8, with or without its mark, or UTF-16 with its mark (as PowerShell writes). */
export function decodeMarker(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}

/** Reads the text of a marker; yields every 2,000 lines, so that who calls may let others run in between. */
export function* readMarkerText(text: string): Generator<undefined, MarkerText> {
  const lines = new ManifestLines();
  let count = 0;
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    const to = end === -1 ? text.length : end;
    lines.take(text.slice(from, to));
    from = to + 1;
    if (++count % LINES_AT_ONCE === 0) yield;
  }
  return lines.result(text.endsWith('\n'));
}

/** What a marker is that is too long to be read: damaged if its beginning looks like a manifest. */
export function tooLongMarker(beginning: string): MarkerText {
  if (!LIKE_AN_ENTRY.test(beginning)) return { kind: 'plain' };
  return { kind: 'damaged', why: `it is longer than ${String(MAX_MANIFEST_BYTES / 2 ** 20)} MiB` };
}

class ManifestLines {
  readonly #entries = new Map<string, string>();
  #line = 0;
  #isLikely = false;
  #wrong: string | null = null;

  take(raw: string): void {
    this.#line += 1;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '' || line.startsWith('#')) return;
    if (LIKE_AN_ENTRY.test(line.slice(0, MAX_LINE))) this.#isLikely = true;
    const wrong = this.#note(line);
    if (wrong !== null) this.#wrong ??= `line ${String(this.#line)} ${wrong}`;
  }

  result(isWhole: boolean): MarkerText {
    if (!this.#isLikely) return { kind: 'plain' };
    if (this.#wrong !== null) return { kind: 'damaged', why: this.#wrong };
    return { kind: 'manifest', entries: [...this.#entries].map(([path, sha256]) => ({ path, sha256 })), isWhole };
  }

  /** What is wrong with the line, in words. */
  #note(line: string): string | null {
    const unusable = whyUnusable(line);
    if (unusable !== null) return unusable;
    const [, escape, sha256, name] = ENTRY.exec(line) ?? [];
    if (sha256 === undefined || name === undefined) return 'is not a SHA-256 hash and a path';
    const path = pathOf(escape === '' ? name.replaceAll('\\', '/') : unescaped(name));
    if (typeof path !== 'string') return path.wrong;
    const hash = sha256.toLowerCase();
    if ((this.#entries.get(path) ?? hash) !== hash) return 'gives another hash for a file listed before';
    this.#entries.set(path, hash);
    return null;
  }
}

function whyUnusable(line: string): string | null {
  if (line.length > MAX_LINE) return 'is longer than any path could be';
  if (line.includes('\0')) return 'holds a NUL character';
  return line.includes(REPLACEMENT) ? 'is not written in UTF-8' : null;
}

/** `sha256sum` begins a line with a backslash when it wrote one in the name as `\\`, and line ends as `\n` and `\r`. */
const unescaped = (name: string): string =>
  name.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign === 'r' ? '\r' : sign));

function pathOf(written: string): string | { readonly wrong: string } {
  if (written.startsWith('/') || /^[a-z]:/i.test(written)) return { wrong: 'has an absolute path' };
  if (written.endsWith('/')) return { wrong: 'names a folder' };
  const segments = written.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return { wrong: 'leads out of the case folder' };
  const path = segments.join('/').normalize('NFC');
  return path === '' || path.length > MAX_PATH ? { wrong: 'has no path that could be a file' } : path;
}

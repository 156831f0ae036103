import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { transient } from '../../domain/errors.js';
import type { HostPaths } from '../../domain/host-paths.js';
import { diskError } from '../../files/disk-error.js';
import { makeFolders } from '../../files/make-folders.js';
import { systemCode } from '../../files/system-code.js';
import type { Clock } from '../../ports/clock.js';
import type { FileToSend, RemoteFiles } from '../../ports/remote-files.js';

/** Files of one job moved at a time. */
const AT_ONCE = 4;
/** Of a beam that is not yet to start: the rest of the connection is for jobs that are. */
const AHEAD_AT_ONCE = 2;
/** What was swept away there, or was to be brought by somebody who failed, is brought in the next round. */
const ROUNDS = 3;
/** Files up to this size go together, in so many streams; fewer than that go each by itself. */
const SMALL_BYTES = 16 * 2 ** 20;
const STREAMS = 2;
const FEW = 4;

/** A file of ours, and where its content lies there. */
type Content = FileToSend;

interface Missing {
  readonly content: Content;
  readonly bytes: number;
}
/** To read a file with: as large as the file, within these. */
const SMALLEST_BUFFER = 1 << 12;
const LARGEST_BUFFER = 1 << 20;
/** A shared file system shows a new file within its attribute cache's time. */
const SHOWN_WITHIN_MS = 60_000;
const LOOK_MS = 250;

/**
 * Moves what jobs read and write between us and a machine that does not see our disk. A content is sent once: it lies
 * there under its hash, and each place that needs it is a second name for it. Two jobs that send the same content at once
 * share one transfer (`#sending`); two services never write to one work folder, as the root's lock says.
 */
export class Staging {
  readonly #hashes = new Map<string, { readonly mark: string; readonly sha256: string }>();
  /** Contents on their way, each with the end of all that are sent with it. */
  readonly #sending = new Map<string, Promise<void>>();
  /** Contents seen there, or brought: where they lie, those used last at the end. One that is swept away stays in it. */
  readonly #known = new Set<string>();
  readonly #moves = pLimit(AT_ONCE);
  /** One beam after the other: what waits here is not on its way yet, so its job does not wait for it. */
  readonly #ahead = pLimit(1);
  /** For the record and the tests: what was really sent. */
  sentBytes = 0;

  constructor(
    private readonly files: RemoteFiles,
    private readonly paths: HostPaths,
    private readonly clock: Clock,
  ) {}

  /** Brings all regular files of the folder, with its folders, and the inputs, to their places there. */
  async bring(folder: string, inputs: readonly string[], signal: AbortSignal): Promise<void> {
    const own = await entriesBelow(folder);
    if (!this.paths.isShared(folder)) {
      // An engine may want an empty folder to write to.
      for (const path of own.folders) await this.files.makeFolder(this.paths.there(path));
    }
    const wanted = [...new Set([...own.files, ...inputs])].filter((path) => !this.paths.isShared(path));
    const contents = await Promise.all(wanted.map((path) => this.#moves(() => this.#contentOf(path))));
    let missing: readonly Content[] = contents;
    for (let round = 0; round < ROUNDS; round++) {
      await this.#sendOnce(missing, this.#moves, signal);
      missing = await this.#linkAll(missing);
      if (missing.length === 0) return;
    }
    throw transient('host.damaged', 'files that were brought to a host are removed there before a job has them');
  }

  /** Brings the contents of files that a job will name in `bring`, which sends them no more, or waits for them here. */
  bringAhead(files: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#ahead(async () => {
      signal.throwIfAborted();
      const moves = pLimit(AHEAD_AT_ONCE);
      const wanted = files.filter((path) => !this.paths.isShared(path));
      const contents = await Promise.all(wanted.map((path) => moves(() => this.#contentOf(path))));
      await this.#sendOnce(contents, moves, signal);
    });
  }

  /** Brings back what the job left in its folder, all of it checked by hash. */
  async bringBack(folder: string, signal: AbortSignal): Promise<void> {
    const far = this.paths.there(folder);
    const left = (await this.files.list(far)) ?? [];
    await Promise.all(
      left.map(({ path }) => this.#moves(() => this.#fetchOne(join(far, path), join(folder, path), signal))),
    );
  }

  /** Brings one file of the folder back, if it is there; the rest stays. */
  async bringBackOne(folder: string, name: string, signal: AbortSignal): Promise<void> {
    await this.#fetchOne(join(this.paths.there(folder), name), join(folder, name), signal);
  }

  async #contentOf(path: string): Promise<Content> {
    const sha256 = await this.#hashOf(path);
    return { from: path, to: join(this.paths.blobs() ?? '', sha256), sha256 };
  }

  /** Gives them their names there. Those that do not lie there, or were swept away since they were known, come back. */
  async #linkAll(contents: readonly Content[]): Promise<readonly Content[]> {
    const missing = await Promise.all(
      contents.map((content) => this.#moves(async () => ((await this.#isLinked(content)) ? [] : [content]))),
    );
    return missing.flat();
  }

  async #isLinked({ from, to }: Content): Promise<boolean> {
    try {
      await this.files.link(to, this.paths.there(from));
      return true;
    } catch (thrown) {
      this.#known.delete(to);
      if ((await this.files.sha256(to)) !== null) throw thrown;
      return false;
    }
  }

  /** What is on its way already, for another job, is waited for, also where that fails. */
  async #sendOnce(contents: readonly Content[], moves: LimitFunction, signal: AbortSignal): Promise<void> {
    const unknown = new Map(
      contents.filter(({ to }) => !this.#isKnown(to) && !this.#sending.has(to)).map((content) => [content.to, content]),
    );
    const others = new Set(contents.flatMap(({ to }) => this.#sending.get(to) ?? []));
    // Noted before anybody hears of the end.
    const sending = this.#sendMissing([...unknown.values()], moves, signal)
      .then(() => {
        this.#know(unknown.keys());
      })
      .finally(() => {
        for (const blob of unknown.keys()) this.#sending.delete(blob);
      });
    for (const blob of unknown.keys()) this.#sending.set(blob, sending);
    await sending;
    await Promise.allSettled(others);
  }

  #isKnown(blob: string): boolean {
    if (!this.#known.delete(blob)) return false;
    this.#known.add(blob);
    return true;
  }

  #know(blobs: Iterable<string>): void {
    for (const blob of blobs) this.#known.add(blob);
    for (const oldest of this.#known) {
      if (this.#known.size <= MOST_KNOWN) break;
      this.#known.delete(oldest);
    }
  }

  /** Many small files go in one stream: a session of its own for each takes longer than what is in it. */
  async #sendMissing(contents: readonly Content[], moves: LimitFunction, signal: AbortSignal): Promise<void> {
    const looked = await Promise.all(
      contents.map((content) =>
        moves(async () => {
          const isThere = (await this.files.sha256(content.to)) === content.sha256;
          return { content, isThere, bytes: isThere ? 0 : await sizeOf(content.from) };
        }),
      ),
    );
    const missing = looked.filter(({ isThere }) => !isThere);
    const small = missing.filter(({ bytes }) => bytes <= SMALL_BYTES);
    const batches = small.length < FEW ? small.map((one) => [one]) : evenly(small, STREAMS);
    const alone = missing.filter(({ bytes }) => bytes > SMALL_BYTES).map((one) => [one]);
    await Promise.all([...batches, ...alone].map((batch) => moves(() => this.#sendBatch(batch, signal))));
  }

  async #sendBatch(batch: readonly Missing[], signal: AbortSignal): Promise<void> {
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) {
      const { from, to, sha256 } = first.content;
      await this.files.send(from, to, sha256, signal);
    } else {
      await this.files.sendMany(
        batch.map(({ content }) => content),
        signal,
      );
    }
    this.sentBytes += batch.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async #fetchOne(far: string, here: string, signal: AbortSignal): Promise<void> {
    const sha256 = await this.files.sha256(far);
    if (sha256 === null || (await this.#isHere(here, sha256))) return;
    if (this.paths.isShared(here)) {
      await this.#untilShown(here, sha256, signal);
      return;
    }
    await makeFolders(dirname(here));
    await this.files.fetch(far, here, sha256, signal);
  }

  async #untilShown(here: string, sha256: string, signal: AbortSignal): Promise<void> {
    const endMs = this.clock.monotonicMs() + SHOWN_WITHIN_MS;
    while (!(await this.#isHere(here, sha256))) {
      signal.throwIfAborted();
      if (this.clock.monotonicMs() >= endMs) {
        throw transient('host.not-shown', 'the shared file system does not show what the job wrote');
      }
      await this.clock.sleep(LOOK_MS, signal);
    }
  }

  async #isHere(path: string, sha256: string): Promise<boolean> {
    try {
      return (await this.#hashOf(path)) === sha256;
    } catch (thrown) {
      if (systemCode((thrown as Error).cause) === 'ENOENT') return false;
      throw thrown;
    }
  }

  /** Kept as long as the file's size and times stay: a CT is read once for all beams. */
  async #hashOf(path: string): Promise<string> {
    try {
      const { size, mtimeMs, ctimeMs, ino } = await stat(path);
      const mark = [size, mtimeMs, ctimeMs, ino].join(' ');
      const known = this.#hashes.get(path);
      if (known?.mark === mark) return known.sha256;
      const hash = createHash('sha256');
      // Thousands of small files, each with a buffer of 1 MiB, were mostly work for the collector.
      const highWaterMark = Math.min(LARGEST_BUFFER, Math.max(size, SMALLEST_BUFFER));
      await pipeline(createReadStream(path, { highWaterMark }), hash);
      const sha256 = hash.digest('hex');
      this.#remember(path, { mark, sha256 });
      return sha256;
    } catch (thrown) {
      throw diskError(thrown);
    }
  }

  #remember(path: string, entry: { readonly mark: string; readonly sha256: string }): void {
    this.#hashes.delete(path);
    this.#hashes.set(path, entry);
    for (const oldest of this.#hashes.keys()) {
      if (this.#hashes.size <= MOST_HASHES) break;
      this.#hashes.delete(oldest);
    }
  }
}

const MOST_HASHES = 2_000;
/** Every file of every job is one; a CT of moqui is some hundreds. Of one forgotten it is asked there. */
const MOST_KNOWN = 10_000;

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    throw diskError(thrown);
  }
}

/** In so many parts, of as many each. */
const evenly = <T>(all: readonly T[], parts: number): readonly (readonly T[])[] =>
  Array.from({ length: parts }, (_, part) => all.filter((_one, i) => i % parts === part)).filter(
    ({ length }) => length > 0,
  );

async function entriesBelow(folder: string): Promise<{ readonly files: string[]; readonly folders: string[] }> {
  try {
    await makeFolders(folder);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = (kind: (entry: Dirent) => boolean): string[] =>
      entries.filter(kind).map(({ parentPath, name }) => join(parentPath, name));
    return { files: paths((entry) => entry.isFile()), folders: paths((entry) => entry.isDirectory()) };
  } catch (thrown) {
    throw diskError(thrown);
  }
}

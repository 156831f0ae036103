import { constants } from 'node:fs';
import { join } from 'node:path';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Folders } from '../../domain/folders.js';
import { systemCode } from '../../files/system-code.js';
import type { Clock } from '../../ports/clock.js';
import type { LogPart, LogReader, LogSource } from '../../ports/log-reader.js';
import { isMissing, rotatedName } from './file-appender.js';

const BLOCK_BYTES = 65_536;
const LOOK_AGAIN_MS = 200;
/** A line without an end is given out in parts of this size rather than collected for ever. */
const LONGEST_LINE_BYTES = 1_048_576;

/** Part of a log: a file, and where in it to begin. */
interface Place {
  readonly inode: number;
  readonly offset: number;
}

interface LastLines {
  readonly lines: readonly string[];
  /** Where the complete lines end; null where there is no file. */
  readonly end: Place | null;
  /** What stands behind the last line end. */
  readonly unfinished: string;
}

/** A file by name, with the inode it had when it was found: between two looks the name may pass to another file. */
interface Found {
  readonly name: string;
  readonly inode: number;
}

/**
 * LogReader over the files. A rotation renames, so a file is known by its inode: a follower keeps its place in the file
 * it reads, under whatever name, and goes on with the ones after it.
 */
export class FileLogReader implements LogReader {
  constructor(
    private readonly folders: Folders,
    private readonly clock: Clock,
  ) {}

  async tail(source: LogSource, lines: number): Promise<readonly string[]> {
    const last = await this.#tail(this.#path(source), lines);
    const all = last.unfinished === '' ? last.lines : [...last.lines, last.unfinished];
    return lines === 0 ? [] : all.slice(-lines);
  }

  async *follow(source: LogSource, lines: number, signal: AbortSignal): AsyncGenerator<string> {
    const path = this.#path(source);
    const last = await this.#tail(path, lines);
    yield* last.lines;
    const rest = new LineSplitter();
    let place = last.end;
    while (!signal.aborted) {
      const news = await readOn(path, place);
      place = news.place;
      for (const block of news.blocks) yield* rest.lines(block);
      if (news.blocks.length === 0) await this.clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }

  async part(source: LogSource, after: string | null): Promise<LogPart> {
    const path = this.#path(source);
    return after === null ? lastPart(path) : partAfter(path, placeOf(after));
  }

  #path(source: LogSource): string {
    switch (source.kind) {
      case 'service':
        return this.folders.serviceLog();
      case 'case':
        return this.folders.caseLog(source.caseId);
      case 'engine': {
        const kase = { id: source.caseId, run: source.run };
        return join(this.folders.attempt(kase, source.beamNumber, source.attempt), 'engine.log');
      }
      // It runs as engines do, and its output is kept under the same name.
      case 'interpreter':
        return join(this.folders.interpretation({ id: source.caseId, run: source.run }), 'engine.log');
    }
  }

  /** Newest file first, backwards, until there are enough lines. */
  async #tail(path: string, wanted: number): Promise<LastLines> {
    let found: LastLines = { lines: [], end: null, unfinished: '' };
    for (let number = 0; number === 0 || found.lines.length < wanted; number++) {
      const part = await lastLines(rotatedName(path, number), wanted - found.lines.length);
      if (part === null && number > 0) break; // number 0 alone may be missing for a moment: just put aside
      if (part === null) continue;
      const newest = found.end === null ? part : found;
      found = { ...newest, lines: [...part.lines, ...found.lines] };
    }
    return found;
  }
}

async function lastLines(path: string, wanted: number): Promise<LastLines | null> {
  const file = await openIfThere(path);
  if (file === null) return null;
  try {
    const { size, ino } = await file.stat();
    let from = size;
    let bytes = Buffer.alloc(0);
    while (from > 0 && newlines(bytes) <= wanted) {
      const start = Math.max(0, from - BLOCK_BYTES);
      bytes = Buffer.concat([await readBlock(file, start, from - start), bytes]);
      from = start;
    }
    const complete = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    const lines = complete.toString('utf8').split('\n').slice(0, -1);
    const end = { inode: ino, offset: size - (bytes.length - complete.length) };
    const unfinished = bytes.toString('utf8', complete.length);
    return { lines: wanted === 0 ? [] : lines.slice(-wanted), end, unfinished };
  } finally {
    await file.close();
  }
}

const newlines = (bytes: Buffer): number => bytes.reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 0);

/** The last block of the newest file, from its first whole line. */
async function lastPart(path: string): Promise<LogPart> {
  const file = await openIfThere(path);
  if (file === null) return { lines: [], next: null, more: false };
  try {
    const { size, ino } = await file.stat();
    const from = Math.max(0, size - BLOCK_BYTES);
    const block = await readBlock(file, from, size - from);
    const begin = from === 0 ? 0 : block.indexOf(0x0a) + 1;
    const { lines, bytes } = wholeLines(block.subarray(begin));
    return { lines, next: placeText({ inode: ino, offset: from + begin + bytes }), more: false };
  } finally {
    await file.close();
  }
}

/** The first block with whole lines after the place, of its file or of one after it. */
async function partAfter(path: string, place: Place): Promise<LogPart> {
  let now = place;
  const files = await filesFrom(path, place);
  for (const [i, file] of files.entries()) {
    const read = await readFrom(file, now);
    if (read === null) break; // renamed between the two looks: found under its new name at the next one
    const { lines, bytes } = wholeLines(read.block);
    const offset = read.place.offset - read.block.length + bytes;
    now = { inode: read.place.inode, offset };
    const more = read.more || i < files.length - 1;
    if (lines.length > 0) return { lines, next: placeText(now), more };
  }
  return { lines: [], next: placeText(now), more: false };
}

/** Lines that have ended, and how many bytes they are; of a full block without an end, all of it. */
function wholeLines(block: Buffer): { readonly lines: readonly string[]; readonly bytes: number } {
  const end = block.lastIndexOf(0x0a) + 1;
  if (end === 0 && block.length === BLOCK_BYTES) return { lines: [block.toString('utf8')], bytes: block.length };
  return { lines: block.toString('utf8', 0, end).split('\n').slice(0, -1), bytes: end };
}

const placeText = ({ inode, offset }: Place): string => `${String(offset)}.${String(inode)}`;

/** What `placeText` made; anything else is the beginning of the oldest file. */
function placeOf(text: string): Place {
  const [, offset, inode] = /^(\d{1,15})\.(\d{1,20})$/.exec(text) ?? [];
  return { inode: Number(inode ?? -1), offset: Number(offset ?? 0) };
}

/** What was written after `place` (null: everything there is), at most a block of each file, and the place after it. */
async function readOn(path: string, place: Place | null): Promise<{ blocks: Buffer[]; place: Place | null }> {
  const later = await filesFrom(path, place);
  let now = place;
  const blocks: Buffer[] = [];
  for (const file of later) {
    const read = await readFrom(file, now);
    if (read === null) break; // renamed between the two looks: found under its new name at the next one
    now = read.place;
    if (read.block.length > 0) blocks.push(read.block);
    if (read.more) break;
  }
  return { blocks, place: now };
}

/** The file that holds the place and those after it, oldest first; the newest alone if that file is gone. */
async function filesFrom(path: string, place: Place | null): Promise<Found[]> {
  const files: Found[] = [];
  for (let number = 0; ; number++) {
    const name = rotatedName(path, number);
    const inode = await inodeOf(name);
    if (inode === null && number === 0) continue; // just put aside, and nothing written since
    if (inode === null) return place === null ? files : files.slice(-1);
    files.unshift({ name, inode });
    if (inode === place?.inode) return files;
  }
}

async function inodeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).ino;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** From the place if this is its file, else from the start; a file that became shorter was begun anew. */
async function readFrom(
  { name, inode }: Found,
  place: Place | null,
): Promise<{ block: Buffer; place: Place; more: boolean } | null> {
  const file = await openIfThere(name);
  if (file === null) return null;
  try {
    const { ino, size } = await file.stat();
    if (ino !== inode) return null;
    const offset = place?.inode === ino && place.offset <= size ? place.offset : 0;
    const block = await readBlock(file, offset, Math.min(BLOCK_BYTES, size - offset));
    const end = offset + block.length;
    return { block, place: { inode: ino, offset: end }, more: end < size };
  } finally {
    await file.close();
  }
}

/** An engine writes its own log and could leave a link in its place: what is behind one is not shown. */
async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error) || systemCode(error) === 'ELOOP') return null;
    throw error;
  }
}

async function readBlock(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const block = Buffer.alloc(length);
  const { bytesRead } = await file.read(block, 0, length, offset);
  return block.subarray(0, bytesRead);
}

/** Puts lines together from blocks that end anywhere, also within a character. */
class LineSplitter {
  #rest = Buffer.alloc(0);

  *lines(block: Buffer): Generator<string> {
    let bytes = Buffer.concat([this.#rest, block]);
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a)) {
      yield bytes.toString('utf8', 0, end);
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > LONGEST_LINE_BYTES) {
      yield bytes.toString('utf8');
      bytes = Buffer.alloc(0);
    }
    this.#rest = bytes;
  }
}

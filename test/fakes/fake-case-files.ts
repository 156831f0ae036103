import { Readable } from 'node:stream';
import type { CaseFile } from '../../src/domain/case-file.js';
import type { CaseFiles, FilesOf, OpenedFile } from '../../src/ports/case-files.js';

/** Files with content that a test has put there, whichever case is asked for. */
export class FakeCaseFiles implements CaseFiles {
  readonly #files = new Map<string, { readonly file: CaseFile; readonly content: Buffer }>();
  readonly asked: (readonly [FilesOf, string])[] = [];

  add(file: Omit<CaseFile, 'bytes' | 'changedAt'>, content: string): this {
    const bytes = Buffer.from(content);
    this.#files.set(file.id, { file: { ...file, bytes: bytes.length, changedAt: 0 }, content: bytes });
    return this;
  }

  list(): Promise<readonly CaseFile[]> {
    return Promise.resolve([...this.#files.values()].map(({ file }) => file));
  }

  open(of: FilesOf, id: string): Promise<OpenedFile | null> {
    this.asked.push([of, id]);
    const found = this.#files.get(id);
    if (found === undefined) return Promise.resolve(null);
    const stream = (start: number, end: number): Readable => Readable.from([found.content.subarray(start, end + 1)]);
    return Promise.resolve({ ...found.file, tag: 'tag', stream, close: () => Promise.resolve() });
  }
}

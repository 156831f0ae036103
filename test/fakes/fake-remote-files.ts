import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FileToSend, RemoteFile, RemoteFiles } from '../../src/ports/remote-files.js';

/** The disk of another machine, in memory. */
export class FakeRemoteFiles implements RemoteFiles {
  readonly files = new Map<string, Buffer>();
  readonly folders = new Set<string>();
  readonly swept: string[] = [];
  readonly calls: string[] = [];
  /** Set: every call fails with this. */
  failure: Error | null = null;
  #held: { readonly name: string; readonly reach: () => void; readonly until: Promise<void> } | null = null;

  /** The first call of this kind is kept from going on until it is let go. */
  hold(name: string): { readonly reached: Promise<void>; readonly release: () => void } {
    let release = (): void => undefined;
    let reach = release;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const until = new Promise<void>((resolve) => (release = resolve));
    this.#held = { name, reach, until };
    return { reached, release };
  }

  makeFolder(path: string): Promise<void> {
    return this.#call('makeFolder', () => void this.folders.add(path));
  }

  sha256(path: string): Promise<string | null> {
    return this.#call('sha256', () => {
      const bytes = this.files.get(path);
      return bytes === undefined ? null : createHash('sha256').update(bytes).digest('hex');
    });
  }

  send(from: string, to: string, _sha256: string, signal: AbortSignal): Promise<void> {
    return this.#call('send', () => {
      signal.throwIfAborted();
      this.files.set(to, readFileSync(from));
    });
  }

  sendMany(files: readonly FileToSend[]): Promise<void> {
    return this.#call('sendMany', () => {
      for (const { from, to } of files) this.files.set(to, readFileSync(from));
    });
  }

  fetch(from: string, to: string): Promise<void> {
    return this.#call('fetch', () => {
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, this.files.get(from) ?? '');
    });
  }

  link(from: string, to: string): Promise<void> {
    return this.#call('link', () => {
      const bytes = this.files.get(from);
      if (bytes === undefined) throw new Error('no such file');
      this.files.set(to, bytes);
    });
  }

  list(folder: string): Promise<readonly RemoteFile[] | null> {
    return this.#call('list', () =>
      [...this.files]
        .filter(([path]) => path.startsWith(`${folder}/`))
        .map(([path, { length: bytes }]) => ({ path: path.slice(folder.length + 1), bytes })),
    );
  }

  remove(folder: string): Promise<void> {
    return this.#call('remove', () => {
      for (const path of this.files.keys()) if (path.startsWith(`${folder}/`)) this.files.delete(path);
    });
  }

  sweep(folder: string): Promise<void> {
    return this.#call('sweep', () => void this.swept.push(folder));
  }

  async #call<T>(name: string, work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    this.calls.push(name);
    const held = this.#held;
    if (held?.name === name) {
      this.#held = null;
      held.reach();
      await held.until;
    }
    return work();
  }
}

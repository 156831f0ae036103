import { readFileSync, writeFileSync } from 'node:fs';

/** One limit of the whole machine on file events. Whoever lowers it restores it, whatever happens. */
export class InotifyLimit {
  readonly #path: string;
  readonly #was: string;
  readonly #restoreAtExit = (): void => {
    writeFileSync(this.#path, this.#was);
  };

  constructor(name: 'max_user_watches' | 'max_user_instances') {
    this.#path = `/proc/sys/fs/inotify/${name}`;
    this.#was = readFileSync(this.#path, 'utf8').trim();
  }

  /** Null where it can be set; else why not, in words for a skipped test. */
  whyNot(): string | null {
    if (this.#was === '0') return 'skipped: there are none already, perhaps for another run of these tests';
    try {
      writeFileSync(this.#path, this.#was);
      return null;
    } catch {
      return 'skipped: the limits on file events can only be set by root, where /proc can be written';
    }
  }

  /** No watch (or no instance) more for anybody. What is there already goes on. */
  exhaust(): void {
    process.once('exit', this.#restoreAtExit);
    writeFileSync(this.#path, '0');
  }

  restore(): void {
    this.#restoreAtExit();
    process.off('exit', this.#restoreAtExit);
  }
}

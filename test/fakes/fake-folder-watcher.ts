import type { InboxLoss } from '../../src/ports/inbox-guard.js';
import { input } from '../../src/domain/errors.js';
import type {
  ControlFile,
  FolderWatcher,
  SeenFolder,
  SettledFolder,
  WatcherState,
} from '../../src/ports/folder-watcher.js';

/** An inbox in memory: tests put settled folders in. */
export class FakeFolderWatcher implements FolderWatcher {
  readonly folders = new Map<string, SettledFolder>();
  readonly #offered = new Map<string, string>();
  #onSettled: ((folder: SettledFolder) => Promise<void>) | null = null;
  #onControl: ((file: ControlFile) => Promise<boolean>) | null = null;
  #lastSweepAt: number | null = null;

  /** Folders that somebody asked to have looked at; they are offered at the next sweep, as all that changed. */
  readonly lookedSoon: string[] = [];
  /** What half-copied files make of a folder; one that is not here has none. */
  readonly activities = new Map<string, string>();

  /** While set, the share is away: nothing is offered. */
  loss: InboxLoss | null = null;

  /** True between `start` and `stop`. */
  get watching(): boolean {
    return this.#onSettled !== null;
  }

  /** Puts a settled folder there, or changes it; offered at the next sweep. */
  drop(folder: string, fingerprint = `content of ${folder}`, files = 1, bytes = 100): void {
    this.folders.set(folder, { folder, fingerprint, files, bytes });
  }

  async start(
    onSettled: (folder: SettledFolder) => Promise<void>,
    onControl?: (file: ControlFile) => Promise<boolean>,
  ): Promise<void> {
    this.#onSettled = onSettled;
    this.#onControl = onControl ?? null;
    await this.sweep();
  }

  /** Puts a control file into a folder; whether it was dealt with. */
  async control(file: ControlFile): Promise<boolean> {
    return (await this.#onControl?.(file)) ?? false;
  }

  /** Offers what was not yet taken as it is now. A folder whose callback rejects stays on offer. */
  async sweep(): Promise<void> {
    const offer = this.#onSettled;
    if (this.loss !== null) return;
    this.#lastSweepAt = 0;
    if (offer === null) return;
    for (const settled of this.#open()) {
      try {
        await offer(settled);
        this.#offered.set(settled.folder, settled.fingerprint);
      } catch {
        // Offered again at the next sweep, as the port says.
      }
    }
  }

  stop(): Promise<void> {
    this.#onSettled = null;
    return Promise.resolve();
  }

  look(folder: string, signal?: AbortSignal): Promise<SeenFolder> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const settled = this.folders.get(folder);
    return settled === undefined
      ? Promise.reject(input('intake.no-such-folder', 'there is no such folder in the inbox'))
      : Promise.resolve({ ...settled, activity: this.activities.get(folder) ?? settled.fingerprint });
  }

  lookSoon(folder: string): void {
    if (this.folders.has(folder)) this.lookedSoon.push(folder);
  }

  state(): WatcherState {
    const settling = this.#open().map(({ folder, files, bytes }) => ({ folder, files, bytes, lastChangeAt: 0 }));
    return {
      mode: 'events',
      modeBecause: 'it is a fake',
      lastSweepAt: this.#lastSweepAt,
      entries: this.folders.size,
      sweepMs: this.#lastSweepAt === null ? null : 0,
      calls: this.#lastSweepAt === null ? null : 0,
      lostSince: this.loss?.since ?? null,
      lostBecause: this.loss?.because ?? null,
      settling,
    };
  }

  #open(): SettledFolder[] {
    return [...this.folders.values()].filter(({ folder, fingerprint }) => this.#offered.get(folder) !== fingerprint);
  }
}

import { unknownInbox, type CaseFolder } from '../../src/domain/case-folder.js';
import { transient } from '../../src/domain/errors.js';
import type { SeenFolder } from '../../src/ports/folder-watcher.js';
import type { StrayEntries } from '../../src/domain/stray-entries.js';
import type { InboxGuard } from '../../src/ports/inbox-guard.js';
import type { Inboxes, InboxState } from '../../src/ports/inboxes.js';
import { FakeFolderWatcher } from './fake-folder-watcher.js';
import { FakeInboxGuard } from './fake-inbox-guard.js';

interface FakeInbox {
  readonly watcher: FakeFolderWatcher;
  readonly guard: FakeInboxGuard;
  strays: StrayEntries;
}

/** Inboxes in memory: the first one, and further ones by name (test/contract/inboxes.test.ts). */
export class FakeInboxes implements Inboxes {
  readonly #inboxes = new Map<string, FakeInbox>();

  constructor(...further: readonly string[]) {
    for (const name of ['', ...further]) {
      const strays = { cases: 0, groups: [], all: true };
      this.#inboxes.set(name, { watcher: new FakeFolderWatcher(), guard: new FakeInboxGuard(), strays });
    }
  }

  of(inbox = ''): FakeInbox {
    const found = this.#inboxes.get(inbox);
    if (found === undefined) throw unknownInbox(inbox);
    return found;
  }

  async start(...[onSettled, onControl]: Parameters<Inboxes['start']>): Promise<void> {
    for (const [inbox, { watcher }] of this.#inboxes) {
      await watcher.start(
        (folder) => onSettled({ inbox, ...folder }),
        (file) => onControl({ inbox, ...file }),
      );
    }
  }

  async stop(): Promise<void> {
    for (const { watcher } of this.#inboxes.values()) await watcher.stop();
  }

  async look({ inbox, folder }: CaseFolder, signal?: AbortSignal): Promise<SeenFolder & CaseFolder> {
    return { inbox, ...(await this.of(inbox).watcher.look(folder, signal)) };
  }

  lookSoon({ inbox, folder }: CaseFolder): void {
    this.of(inbox).watcher.lookSoon(folder);
  }

  async isListed({ inbox, folder }: CaseFolder): Promise<boolean> {
    const { watcher, guard } = this.of(inbox);
    if ((await guard.check()) !== null) throw transient('intake.share-lost', 'the share went away');
    return watcher.folders.has(folder);
  }

  states(): readonly InboxState[] {
    return [...this.#inboxes].map(([inbox, { watcher }]) => ({ inbox, ...watcher.state() }));
  }

  guardOf(inbox: string): InboxGuard {
    return this.of(inbox).guard;
  }

  strays(inbox: string): Promise<StrayEntries> {
    return Promise.resolve(this.of(inbox).strays);
  }
}

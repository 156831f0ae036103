import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { shareWords, unknownInbox, type CaseFolder } from '../../domain/case-folder.js';
import { transient } from '../../domain/errors.js';
import type { StrayEntries } from '../../domain/stray-entries.js';
import type { FolderWatcher, SeenFolder } from '../../ports/folder-watcher.js';
import type { InboxGuard } from '../../ports/inbox-guard.js';
import type { Inboxes, InboxState } from '../../ports/inboxes.js';
import { isGone } from './error-code.js';
import { strayEntries } from './stray-entries.js';

/** One inbox with what watches it. */
export interface InboxMember {
  /** '' for the first one. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly layout: string;
  /** Names of files that lie above the case level on purpose. */
  readonly markers: readonly string[];
  readonly watcher: FolderWatcher;
  readonly guard: InboxGuard;
}

/** Several inboxes as one port: each member does its own work, and gets and gives names without knowing its own. */
export class AllInboxes implements Inboxes {
  readonly #members: ReadonlyMap<string, InboxMember>;

  constructor(members: readonly InboxMember[]) {
    this.#members = new Map(members.map((member) => [member.name, member]));
  }

  /** One that hangs does not keep the others from being watched; all have been looked through once when it resolves. */
  async start(...[onSettled, onControl, lookAtAll]: Parameters<Inboxes['start']>): Promise<void> {
    await this.#each(({ name: inbox, watcher }) =>
      watcher.start(
        (folder) => onSettled({ inbox, ...folder }),
        (file) => onControl({ inbox, ...file }),
        lookAtAll,
      ),
    );
  }

  async stop(): Promise<void> {
    await this.#each(({ watcher }) => watcher.stop());
  }

  async look({ inbox, folder }: CaseFolder, signal?: AbortSignal): Promise<SeenFolder & CaseFolder> {
    return { inbox, ...(await this.#member(inbox).watcher.look(folder, signal)) };
  }

  lookSoon({ inbox, folder }: CaseFolder): void {
    this.#member(inbox).watcher.lookSoon(folder);
  }

  async isListed({ inbox, folder }: CaseFolder): Promise<boolean> {
    const { path, guard } = this.#member(inbox);
    const { generation } = guard;
    const before = await guard.check();
    const listed = before === null && (await isListedBelow(path, folder));
    const after = await guard.check();
    if (before !== null || after !== null || guard.generation !== generation) {
      throw transient('intake.share-lost', `${shareWords(inbox)} went away while it was looked at`, {
        remedy: 'bring the share back',
      });
    }
    return listed;
  }

  states(): readonly InboxState[] {
    return [...this.#members.values()].map(({ name: inbox, watcher }) => ({ inbox, ...watcher.state() }));
  }

  guardOf(inbox: string): InboxGuard {
    return this.#member(inbox).guard;
  }

  async strays(inbox: string): Promise<StrayEntries> {
    const { path, layout, markers } = this.#member(inbox);
    return strayEntries(path, layout, markers);
  }

  #member(inbox: string): InboxMember {
    const member = this.#members.get(inbox);
    if (member === undefined) throw unknownInbox(inbox);
    return member;
  }

  /** All to their end, then the first failure. */
  async #each(work: (member: InboxMember) => Promise<void>): Promise<void> {
    const ends = await Promise.allSettled([...this.#members.values()].map(work));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

/** Level by level, for a share on which upper and lower case are the same opens a path in any spelling. */
async function isListedBelow(inbox: string, folder: string): Promise<boolean> {
  const segments = folder.split('/');
  try {
    for (const [level, name] of segments.entries()) {
      const names = await readdir(dirname(join(inbox, ...segments.slice(0, level + 1))));
      if (!names.includes(name)) return false;
    }
    return true;
  } catch (thrown) {
    if (isGone(thrown)) return false;
    throw thrown;
  }
}

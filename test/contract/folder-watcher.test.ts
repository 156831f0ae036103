import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { InboxWatcher } from '../../src/adapters/watcher/inbox-watcher.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import type { FolderWatcher } from '../../src/ports/folder-watcher.js';
import { FakeFolderWatcher } from '../fakes/fake-folder-watcher.js';
import { FakeIntakeMemory } from '../fakes/fake-intake-memory.js';
import { FakeInboxGuard } from '../fakes/fake-inbox-guard.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

/** A watcher and the inbox it watches. */
interface Watched {
  readonly watcher: FolderWatcher;
  /** Puts a folder of this content there, or changes it. */
  readonly drop: (folder: string, content: string) => void;
  readonly remove: (folder: string) => void;
  /** Lets a watcher that does not look by itself do so. */
  readonly look: () => Promise<void>;
}

function inMemory(): Watched {
  const watcher = new FakeFolderWatcher();
  return {
    watcher,
    drop: (folder, content) => {
      watcher.drop(folder, content, 1, content.length);
    },
    remove: (folder) => watcher.folders.delete(folder),
    look: () => watcher.sweep(),
  };
}

function onDisk(root: string): Watched {
  const inbox = join(root, 'inbox');
  mkdirSync(inbox);
  const options = { inbox, createInbox: false, layout: '{case}', readyMarker: null, watch: 'auto' } as const;
  const quick = { quietSeconds: 0.05, pollSeconds: 0.05, folderHash: () => 'hash' };
  return {
    watcher: new InboxWatcher(
      { ...options, ...quick },
      new SystemClock(),
      new FakeLogger(),
      new FakeInboxGuard(),
      new FakeIntakeMemory(),
    ),
    drop: (folder, content) => {
      mkdirSync(join(inbox, folder), { recursive: true });
      writeFileSync(join(inbox, folder, 'plan.dcm'), content);
    },
    remove: (folder) => {
      rmSync(join(inbox, folder), { recursive: true });
    },
    look: () => Promise.resolve(),
  };
}

describe('folder watcher', () => {
  const temp = tempFolder();
  const kinds = { 'in memory': inMemory, 'on disk': () => onDisk(temp.path) };
  for (const [kind, make] of Object.entries(kinds)) {
    describe(kind, () => {
      let watched: Watched;
      let offers: string[] = [];
      beforeEach(() => {
        watched = make();
        offers = [];
      });
      afterEach(() => watched.watcher.stop());

      const untilOffers = (wanted: readonly string[]): Promise<unknown> =>
        until(`offers ${wanted.join(', ')}`, async () => {
          await watched.look();
          return offers.length >= wanted.length && expect([...offers].sort()).to.deep.equal([...wanted].sort());
        });
      const start = (): Promise<void> =>
        watched.watcher.start(({ folder, bytes }) => {
          offers.push(`${folder} ${String(bytes)}`);
          return Promise.resolve();
        });

      it('offers what is there at the start and what comes later, each content once', async () => {
        watched.drop('a', 'x');
        await start();
        await untilOffers(['a 1']);
        watched.drop('b', 'xx');
        await untilOffers(['a 1', 'b 2']);
        watched.drop('a', 'xxx');
        await untilOffers(['a 1', 'a 3', 'b 2']);
        watched.drop('later', 'x');
        await untilOffers(['a 1', 'a 3', 'b 2', 'later 1']);
      });

      it('offers again what could not be taken, and shows it as open until it was', async () => {
        let failures = 2;
        watched.drop('a', 'x');
        await watched.watcher.start(({ folder }) => {
          failures -= 1;
          if (failures >= 0) return Promise.reject(new Error('no database'));
          offers.push(folder);
          return Promise.resolve();
        });
        expect(watched.watcher.state().settling.map(({ folder }) => folder)).to.deep.equal(['a']);
        await untilOffers(['a']);
        await until('nothing is open', () => watched.watcher.state().settling.length === 0);
        expect(watched.watcher.state().lastSweepAt).not.to.equal(null);
      });

      it('tells a folder as it is now, without being started', async () => {
        watched.drop('a', 'x');
        const first = await watched.watcher.look('a');
        expect(first).to.include({ folder: 'a', files: 1, bytes: 1 });
        expect(await watched.watcher.look('a')).to.deep.equal(first);
        watched.drop('a', 'xx');
        expect((await watched.watcher.look('a')).fingerprint).not.to.equal(first.fingerprint);
        watched.remove('a');
        expect(await rejection(watched.watcher.look('a'))).to.include({ code: 'intake.no-such-folder' });
      });

      it('offers a changed folder that it was told to look at, and nothing about one it does not know', async () => {
        watched.drop('a', 'x');
        await start();
        await untilOffers(['a 1']);
        watched.drop('a', 'xx');
        watched.watcher.lookSoon('a');
        watched.watcher.lookSoon('never seen');
        await untilOffers(['a 1', 'a 2']);
        watched.watcher.lookSoon('a');
        watched.drop('b', 'x');
        await untilOffers(['a 1', 'a 2', 'b 1']);
      });

      it('lets go of a look when it is told to', async () => {
        watched.drop('a', 'x');
        const stop = AbortSignal.abort(new Error('stopping'));
        expect(await rejection(watched.watcher.look('a', stop))).to.have.property('message', 'stopping');
      });

      it('offers nothing once it is stopped', async () => {
        await start();
        await watched.watcher.stop();
        watched.drop('a', 'x');
        await watched.look();
        await watched.watcher.stop();
        expect(offers).to.deep.equal([]);
      });
    });
  }
});

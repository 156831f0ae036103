import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AllInboxes } from '../../src/adapters/watcher/all-inboxes.js';
import { InboxWatcher } from '../../src/adapters/watcher/inbox-watcher.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import type { FoundFolder, Inboxes } from '../../src/ports/inboxes.js';
import { FakeIntakeMemory } from '../fakes/fake-intake-memory.js';
import { FakeInboxGuard } from '../fakes/fake-inbox-guard.js';
import { FakeInboxes } from '../fakes/fake-inboxes.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

interface Given {
  readonly inboxes: Inboxes;
  readonly drop: (inbox: string, folder: string) => void;
  readonly rename: (inbox: string, from: string, to: string) => void;
  readonly lose: (inbox: string) => void;
  readonly look: () => Promise<void>;
}

function inMemory(): Given {
  const inboxes = new FakeInboxes('research');
  const drop = (inbox: string, folder: string): void => {
    inboxes.of(inbox).watcher.drop(folder);
  };
  return {
    inboxes,
    drop,
    rename: (inbox, from, to) => {
      inboxes.of(inbox).watcher.folders.delete(from);
      drop(inbox, to);
    },
    lose: (inbox) => {
      inboxes.of(inbox).guard.lose();
      inboxes.of(inbox).watcher.loss = { since: 0, code: 'EIO', because: 'it cannot be listed (EIO)' };
    },
    look: async () => {
      for (const name of ['', 'research']) await inboxes.of(name).watcher.sweep();
    },
  };
}

function onDisk(root: string): Given {
  const quick = { quietSeconds: 0.05, pollSeconds: 0.05, folderHash: () => 'hash', createInbox: false } as const;
  const guards = new Map<string, FakeInboxGuard>();
  const pathOf = (inbox: string): string => join(root, `inbox-${inbox}`);
  const members = ['', 'research'].map((name) => {
    const path = pathOf(name);
    mkdirSync(path);
    const guard = new FakeInboxGuard();
    guards.set(name, guard);
    const options = { ...quick, inbox: path, layout: '{case}', readyMarker: null, watch: 'auto' } as const;
    const watcher = new InboxWatcher(options, new SystemClock(), new FakeLogger(), guard, new FakeIntakeMemory());
    return { name, path, layout: '{case}', markers: [], watcher, guard };
  });
  return {
    inboxes: new AllInboxes(members),
    drop: (inbox, folder) => {
      mkdirSync(join(pathOf(inbox), folder), { recursive: true });
      writeFileSync(join(pathOf(inbox), folder, 'plan.dcm'), folder);
    },
    rename: (inbox, from, to) => {
      renameSync(join(pathOf(inbox), from), join(pathOf(inbox), to));
    },
    lose: (inbox) => {
      guards.get(inbox)?.lose();
      rmSync(pathOf(inbox), { recursive: true });
    },
    look: () => Promise.resolve(),
  };
}

describe('several inboxes', () => {
  const temp = tempFolder();
  for (const [kind, make] of Object.entries({ 'in memory': inMemory, 'on disk': () => onDisk(temp.path) })) {
    describe(kind, () => {
      let given: Given;
      let found: FoundFolder[];
      beforeEach(() => {
        given = make();
        found = [];
      });
      afterEach(() => given.inboxes.stop());
      const start = (): Promise<void> =>
        given.inboxes.start(
          (folder) => {
            found.push(folder);
            return Promise.resolve();
          },
          () => Promise.resolve(true),
        );
      const names = (): readonly string[] => found.map(({ inbox, folder }) => `${inbox}:${folder}`).sort();

      it('give folders of the same name with the inbox that each lies in', async () => {
        given.drop('', 'head');
        given.drop('research', 'head');
        await start();
        await until('both are found', () => found.length === 2);
        expect(names()).to.deep.equal([':head', 'research:head']);
        expect(given.inboxes.states().map(({ inbox, entries }) => [inbox, entries])).to.deep.equal([
          ['', 1],
          ['research', 1],
        ]);
      });

      it('look at the folder of the inbox asked for', async () => {
        given.drop('research', 'lung');
        expect(await given.inboxes.look({ inbox: 'research', folder: 'lung' })).to.include({
          inbox: 'research',
          folder: 'lung',
        });
        const refusal = await rejection(given.inboxes.look({ inbox: '', folder: 'lung' }));
        expect(refusal).to.include({ code: 'intake.no-such-folder' });
      });

      it('go on with one while the other is away', async () => {
        await start();
        given.lose('research');
        given.drop('', 'head');
        await given.look();
        await until('it is found', () => names().includes(':head'));
        await until('the loss is seen', () => given.inboxes.states()[1]?.lostSince !== null);
        expect(given.inboxes.states().map(({ lostSince }) => lostSince === null)).to.deep.equal([true, false]);
      });

      it('tell whether a folder is listed in exactly that spelling', async () => {
        given.drop('', 'Mu\u0308ller');
        const listed = (folder: string): Promise<boolean> => given.inboxes.isListed({ inbox: '', folder });
        expect([await listed('Mu\u0308ller'), await listed('M\u00fcller')]).to.deep.equal([true, false]);
        given.rename('', 'Mu\u0308ller', 'M\u00fcller');
        expect([await listed('Mu\u0308ller'), await listed('M\u00fcller')]).to.deep.equal([false, true]);
      });

      it('never say that a folder is not listed while its share is away', async () => {
        given.drop('research', 'head');
        given.lose('research');
        const refusal = await rejection(given.inboxes.isListed({ inbox: 'research', folder: 'head' }));
        expect(refusal).to.include({ code: 'intake.share-lost', severity: 'transient' });
      });

      it('refuse an inbox that is not configured, with a remedy', async () => {
        const unknown = { code: 'intake.unknown-inbox', severity: 'operator' };
        expect(() => given.inboxes.guardOf('gone')).to.throw('no inbox gone');
        expect(await rejection(given.inboxes.look({ inbox: 'gone', folder: 'head' }))).to.include(unknown);
        expect(await rejection(given.inboxes.isListed({ inbox: 'gone', folder: 'head' }))).to.include(unknown);
      });
    });
  }
});

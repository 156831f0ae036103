import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aChangingCase } from '../builders/a-changing-case.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { tempFolder } from '../temp-folder.js';

/** What may happen to a folder and its case, in any order. */
const happening = fc.constantFrom(
  'the copy goes on' as const,
  'the watcher offers what is there',
  'the case is validated',
  'the case is validated while the copy goes on',
  'time passes',
);

describe('acceptance of a folder that is being copied', () => {
  const temp = tempFolder();

  it('is of the content that was taken, whatever happens in whatever order, and the folder is one run until then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 25 }), async (happenings) => {
        const path = mkdtempSync(join(temp.path, 'story-'));
        const clock = new FakeClock();
        const { kase, now, look, watcher, cases, reader } = aChangingCase(path, clock);
        const { inbox, folder } = kase;
        let parts = 0;
        const goOn = (): void => {
          parts += 1;
          watcher.drop(folder, `${String(parts)} parts`);
        };
        const offer = async (): Promise<void> => {
          const { fingerprint } = await watcher.look(folder);
          await cases.register({ id: 'later', inbox, folder, fingerprint, priority: 0, at: clock.now(), actor: 's' });
        };
        const isAccepted = async (during = (): void => undefined): Promise<boolean> => {
          reader.during = during;
          const before = now().fingerprint;
          const { do: outcome } = await look();
          if (outcome !== 'advance') return false;
          expect(before).to.equal((await watcher.look(folder)).fingerprint);
          return true;
        };
        let accepted = false;
        for (const each of [...happenings, 'the watcher offers what is there', 'the case is validated'] as const) {
          if (accepted) break;
          if (each === 'the copy goes on') goOn();
          else if (each === 'the watcher offers what is there') await offer();
          else if (each === 'the case is validated') accepted = await isAccepted();
          else if (each === 'time passes') await clock.advance(300_000);
          else accepted = await isAccepted(goOn);
        }
        expect(accepted).to.equal(true);
        expect((await cases.runsOf(kase)).map(({ run }) => run)).to.deep.equal([1]);
        rmSync(path, { recursive: true });
      }),
      { numRuns: 150 },
    );
  });
});

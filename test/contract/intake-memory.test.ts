import { expect } from 'chai';
import type { IntakeFolder } from '../../src/domain/intake-folder.js';
import { anIntakeFolder } from '../builders/an-intake-folder.js';
import { onAllStores } from '../test-databases.js';

const lung = anIntakeFolder({ folder: 'lung', files: 812, bytes: 3_100_000_000, lastChangeAt: 1_760_000_000_000 });
const head = anIntakeFolder({ folder: 'head', files: 0, bytes: 0, seen: null });
const taken = anIntakeFolder({
  folder: 'taken',
  isArriving: false,
  seen: {
    fingerprint: 'content',
    activity: 'content',
    files: 1,
    bytes: 1,
    marker: { id: '5', isNewest: true, lacking: 0, isWhole: true },
  },
  takenFingerprint: 'content',
  takenMarker: '5',
});

const byFolder = (rows: readonly IntakeFolder[]): readonly IntakeFolder[] =>
  [...rows].sort((a, b) => (a.folder < b.folder ? -1 : 1));

describe('intake memory', () => {
  onAllStores((stores) => {
    const known = async (inbox = ''): Promise<readonly IntakeFolder[]> => byFolder(await stores().intake.load(inbox));

    it('gives back what was put in, also of folders larger than 2 GiB', async () => {
      await stores().intake.save('', [lung, head, taken], []);
      expect(await known()).to.deep.equal([head, lung, taken]);
    });

    it('changes and removes what it is told to, and leaves the rest alone', async () => {
      await stores().intake.save('', [lung, head, taken], []);
      const grown = { ...lung, files: 813, seen: null };
      await stores().intake.save('', [grown], ['head', 'never there']);
      expect(await known()).to.deep.equal([grown, taken]);
    });

    it('keeps folders of the same name in two inboxes apart', async () => {
      const other = { ...lung, inbox: 'north', files: 1 };
      await stores().intake.save('', [lung], []);
      await stores().intake.save('north', [other], []);
      await stores().intake.save('', [], ['lung']);
      expect(await known()).to.deep.equal([]);
      expect(await known('north')).to.deep.equal([other]);
    });

    it('shows the folders that arrive, by name, and not those that were taken', async () => {
      await stores().intake.save('', [taken, lung, head], []);
      const shown = [head, lung].map(({ inbox, folder, files, bytes, lastChangeAt }) => ({
        inbox,
        folder,
        files,
        bytes,
        lastChangeAt,
      }));
      expect(await stores().queries.arriving()).to.deep.equal(shown);
    });

    it('takes more folders than one statement holds', async () => {
      const many = Array.from({ length: 2_500 }, (_, i) => ({ ...head, folder: String(i).padStart(5, '0') }));
      await stores().intake.save('', many, []);
      expect(await known()).to.deep.equal(many);
      await stores().intake.save(
        '',
        [],
        many.map(({ folder }) => folder),
      );
      expect(await known()).to.deep.equal([]);
    });
  });
});

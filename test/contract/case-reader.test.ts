import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DicomCaseReader } from '../../src/adapters/dicom/reading/dicom-case-reader.js';
import { input } from '../../src/domain/errors.js';
import type { Inventory } from '../../src/domain/inventory.js';
import type { CaseReader } from '../../src/ports/case-reader.js';
import { aCtSlice, aPlanFile, anInventory } from '../builders/an-inventory.js';
import { anIonPlan } from '../builders/an-ion-plan.js';
import { dicomFile } from '../builders/dicom-bytes.js';
import { rawCtSlice } from '../builders/raw-ct-slice.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { FakeCaseReader } from '../fakes/fake-case-reader.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';

/** A folder with a plan and two slices, as the fake tells of it and as it lies on disk. */
const inventory = (bytes: number): Inventory => {
  const slices = [0, 3].map((z) =>
    aCtSlice(z, { path: `ct${String(z)}`, sopInstanceUid: `1.2.7.${String(1000 + z * 10)}` }),
  );
  return anInventory({ ionPlans: [aPlanFile({ path: 'plan' })], ctSlices: slices, files: 3, bytes });
};

describe('Case reader', () => {
  const temp = tempFolder();
  const real = new DicomCaseReader({ maxFiles: 100, maxBytes: 2 ** 30 });
  after(() => real.close());
  const never = new AbortController().signal;

  const kinds: Record<string, () => { reader: CaseReader; bytes: number }> = {
    'in memory': () => ({ reader: new FakeCaseReader(inventory(1000), anIonPlan()), bytes: 1000 }),
    'of DICOM files': () => {
      const files = { plan: rawIonPlan(), ct0: rawCtSlice({ z: 0 }), ct3: rawCtSlice({ z: 3 }) };
      let bytes = 0;
      for (const [name, elements] of Object.entries(files)) {
        const content = dicomFile(elements);
        bytes += content.length;
        writeFileSync(join(temp.path, name), content);
      }
      return { reader: real, bytes };
    },
  };

  for (const [kind, make] of Object.entries(kinds)) {
    describe(kind, () => {
      it('finds plan and slices, and reads the plan', async () => {
        const { reader, bytes } = make();
        const found = await reader.inventory(temp.path, never);
        expect({ ...found, stamps: new Map() }).to.deep.equal(inventory(bytes));
        expect(await reader.plan(join(temp.path, 'plan'))).to.deep.equal(anIonPlan());
      });

      it('stacks slices into a file and gives its grid', async () => {
        const target = join(temp.path, 'work', 'ct.mha');
        const grid = await make().reader.ctImage(temp.path, inventory(0).ctSlices, target, never);
        expect(grid).to.deep.equal({ originMm: [-10, -20, 0], spacingMm: [1, 2, 3], size: [6, 4, 2] });
        expect(existsSync(target)).to.equal(true);
      });

      it('lets go when told to', async () => {
        const stop = AbortSignal.abort(new Error('stopping'));
        expect(await rejection(make().reader.inventory(temp.path, stop))).to.have.property('message', 'stopping');
      });
    });
  }

  it('in memory: throws what a test tells it to', async () => {
    const fake = new FakeCaseReader(inventory(0), anIonPlan());
    fake.planError = input('plan.truncated', 'cut off');
    expect(await rejection(fake.plan('x'))).to.equal(fake.planError);
  });
});

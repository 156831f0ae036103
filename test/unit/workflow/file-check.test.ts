import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Folders } from '../../../src/domain/folders.js';
import { checkFiles } from '../../../src/workflow/file-check.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { FakeCaseQueries } from '../../fakes/fake-case-queries.js';
import { FakeReceiptStore } from '../../fakes/fake-receipt-store.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { FakeUploadTarget } from '../../fakes/fake-upload-target.js';
import { tempFolder } from '../../temp-folder.js';

describe('whether the files are what the database says', () => {
  const temp = tempFolder();
  const tables = new FakeTables();
  const target = new FakeUploadTarget('outbox');
  let folders: Folders;
  const check = (): Promise<readonly string[]> =>
    checkFiles({ queries: new FakeCaseQueries(tables), targets: [target], folders });

  beforeEach(() => {
    tables.cases.clear();
    tables.beams.clear();
    folders = new Folders(temp.path, join(temp.path, 'inbox'));
    target.lost.clear();
  });

  function completed(id: string): ReturnType<typeof aCase> {
    const kase = aCase({ id, state: 'completed', beamCount: 1 });
    tables.cases.set(id, kase);
    const beam = aBeam({ caseId: id, beamNumber: 3, state: 'converted', resultPath: `work/${id}/1/dose/RD.003.dcm` });
    tables.beams.set(beam.id, beam);
    const path = folders.beamDose(kase, 3);
    mkdirSync(dirname(path), { recursive: true });
    return kase;
  }

  it('finds nothing wrong where every converted beam has its RT Dose, or was cleaned', async () => {
    const kase = completed('c1');
    writeFileSync(folders.beamDose(kase, 3), 'dose');
    writeFileSync(folders.cleaned(completed('c2')), '{}');
    expect(await check()).to.deep.equal([]);
  });

  it('looks for doses with the run that made them, not with one that only compares deliveries', async () => {
    const kase = completed('c1');
    writeFileSync(folders.cleaned(kase), '{}');
    const compares = completed('c2');
    tables.cases.set('c2', { ...compares, resultsOf: 'c1' });
    expect(await check()).to.deep.equal([]);
  });

  it('names a beam whose RT Dose is gone, a delivered object that is gone, and work of no case', async () => {
    completed('c1');
    await new FakeReceiptStore(tables).record(
      aReceipt({ caseId: 'c1', target: 'outbox', sopInstanceUid: '2.25.7', status: 'delivered' }),
    );
    target.lost.add('2.25.7');
    mkdirSync(join(temp.path, 'work', 'unknown', '1'), { recursive: true });
    mkdirSync(join(temp.path, 'work', '.cleaning'));
    expect(await check()).to.deep.equal([
      'case c1: the RT Dose of beam 3 is not in its work folder',
      'case c1: 2.25.7 is lost',
      'work folder unknown belongs to no case in the database',
    ]);
  });
});

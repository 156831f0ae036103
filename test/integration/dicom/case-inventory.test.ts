import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DicomCaseReader } from '../../../src/adapters/dicom/reading/dicom-case-reader.js';
import { CaseError } from '../../../src/domain/errors.js';
import { dicomFile, element } from '../../builders/dicom-bytes.js';
import type { RawElement } from '../../builders/dicom-bytes.js';
import { rawCtSlice } from '../../builders/raw-ct-slice.js';
import { FRAME_UID, PLAN_UID, rawIonPlan } from '../../builders/raw-ion-plan.js';
import { tempFolder } from '../../temp-folder.js';

describe('Inventory of a case folder', () => {
  const temp = tempFolder();
  const readers: DicomCaseReader[] = [];
  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.close()));
  });

  const look = (options: { maxFiles?: number; maxBytes?: number; inlineBytes?: number } = {}, folder = temp.path) => {
    const reader = new DicomCaseReader({ maxFiles: 1000, maxBytes: 2 ** 30, ...options });
    readers.push(reader);
    return reader.inventory(folder, new AbortController().signal);
  };
  const put = (path: string, content: Buffer | string): void => {
    mkdirSync(join(temp.path, path, '..'), { recursive: true });
    writeFileSync(join(temp.path, path), content);
  };
  const structures = (planes: readonly string[]): readonly RawElement[] => {
    const series = [
      element('0020,000e', 'UI', '1.2.3.4.70'),
      element(
        '3006,0016',
        'SQ',
        planes.map((uid) => [element('0008,1155', 'UI', uid)]),
      ),
    ];
    const frame = [
      element('0020,0052', 'UI', FRAME_UID),
      element('3006,0012', 'SQ', [[element('3006,0014', 'SQ', [series])]]),
    ];
    return [
      element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.3'),
      element('0008,0018', 'UI', '1.2.3.4.8'),
      element('0008,0060', 'CS', 'RTDOSE'),
      element('0010,0020', 'LO', 'PID-1'),
      element('3006,0010', 'SQ', [frame]),
      element('3006,0039', 'SQ', [
        [element('3006,0040', 'SQ', [[element('3006,0050', 'DS', '0\\'.repeat(15_000) + '0')]])],
      ]),
    ];
  };

  it('tells size and time of every file as they were when it was read, so that a change shows', async () => {
    put('a/plan', dicomFile(rawIonPlan()));
    put('note.txt', 'note');
    utimesSync(join(temp.path, 'note.txt'), 1_760_000_000, 1_760_000_000);
    const { stamps } = await look();
    expect([...stamps.keys()].sort()).to.deep.equal(['a/plan', 'note.txt']);
    expect(stamps.get('note.txt')).to.equal('4 1760000000000');
    put('note.txt', 'other');
    expect((await look()).stamps.get('a/plan')).to.equal(stamps.get('a/plan'));
    expect((await look()).stamps.get('note.txt')).to.match(/^5 /);
  });

  it('tells files apart by SOP class, whatever their name, folder, modality or transfer syntax', async () => {
    put('a', dicomFile(rawIonPlan(), { encoding: 'deflated' }));
    put('sub/dir/CT.dcm', dicomFile(rawCtSlice({ z: 3 }), { encoding: 'implicit-little' }));
    put('RD.dcm', dicomFile(structures(['1.1', '1.2']), { encoding: 'explicit-big' }));
    put('photon', dicomFile([element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.5')], {}));
    put('dose', dicomFile([element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.2')], {}));
    put('readme.txt', 'not DICOM');
    put('empty', '');
    const found = await look();
    expect(found.ionPlans).to.deep.equal([
      {
        path: 'a',
        sopInstanceUid: PLAN_UID,
        studyInstanceUid: '1.2.3.4.6',
        frameOfReferenceUid: FRAME_UID,
        patientId: 'PID-1',
      },
    ]);
    expect(found.ctSlices.map(({ path, positionMm }) => [path, positionMm])).to.deep.equal([
      ['sub/dir/CT.dcm', [-10, -20, 3]],
    ]);
    const [set] = found.structureSets;
    expect(set?.referencedSeries).to.deep.equal([{ seriesInstanceUid: '1.2.3.4.70', planes: ['1.1', '1.2'] }]);
    expect(set?.frameOfReferenceUid).to.equal(FRAME_UID);
    expect(found.otherPlans.map(({ path }) => path)).to.deep.equal(['photon']);
    expect(found.otherObjects.map(({ path }) => path)).to.deep.equal(['dose']);
    expect(found.notDicom).to.deep.equal(['empty', 'readme.txt']);
    expect(found.unreadable).to.deep.equal([]);
    expect(found.files).to.equal(7);
  });

  it('lists scout views apart, and ignores a DICOMDIR', async () => {
    const scout = { '0008,0008': element('0008,0008', 'CS', 'ORIGINAL\\PRIMARY\\LOCALIZER') };
    put('scout', dicomFile(rawCtSlice({ z: 0, changes: scout })));
    const meta = dicomFile([element('0008,0016', 'UI', '1.2.840.10008.1.3.10')]);
    const end =
      meta.length -
      dicomFile([element('0008,0016', 'UI', '1.2.840.10008.1.3.10')], { preamble: false, meta: 'none' }).length;
    put(
      'DICOMDIR',
      Buffer.concat([
        meta.subarray(0, end),
        dicomFile([element('0004,1130', 'CS', 'X')], { preamble: false, meta: 'none' }),
      ]),
    );
    const found = await look();
    expect(found.ctSlices).to.deep.equal([]);
    expect(found.otherObjects.map(({ path }) => path)).to.deep.equal(['scout']);
    expect([found.notDicom, found.unreadable]).to.deep.equal([[], []]);
  });

  it('lists links, FIFOs and files that may not be read, and opens none of them', async () => {
    put('plan.dcm', dicomFile(rawIonPlan()));
    symlinkSync('/etc/passwd', join(temp.path, 'link-out'));
    symlinkSync('/etc', join(temp.path, 'folder-out'));
    symlinkSync('plan.dcm', join(temp.path, 'link-in'));
    execFileSync('mkfifo', [join(temp.path, 'fifo')]);
    const found = await look();
    expect(found.unreadable).to.deep.equal([
      { path: 'fifo', reason: 'not a regular file' },
      { path: 'folder-out', reason: 'a symbolic link: links are not followed' },
      { path: 'link-in', reason: 'a symbolic link: links are not followed' },
      { path: 'link-out', reason: 'a symbolic link: links are not followed' },
    ]);
    expect(found.files).to.equal(5);
  });

  it('lists a file without read permission with that reason', async function () {
    // The superuser may read everything: there the kernel grants what this test wants refused.
    if (process.getuid?.() === 0) {
      const { openFailure } = await import('../../../src/adapters/dicom/reading/header-reader.js');
      expect(openFailure(Object.assign(new Error('x'), { code: 'EACCES' }))).to.equal('no permission to read it');
      return;
    }
    put('plan.dcm', dicomFile(rawIonPlan()));
    chmodSync(join(temp.path, 'plan.dcm'), 0);
    expect((await look()).unreadable).to.deep.equal([{ path: 'plan.dcm', reason: 'no permission to read it' }]);
  });

  it('refuses a case folder that is itself a link, or gone', async () => {
    symlinkSync('/etc', join(temp.path, 'case'));
    const codes = await Promise.all(
      ['case', 'nowhere'].map((name) =>
        look({}, join(temp.path, name)).catch((thrown: unknown) => (thrown as CaseError).code),
      ),
    );
    expect(codes).to.deep.equal(['intake.link', 'intake.folder-gone']);
  });

  it('refuses more files or bytes than allowed', async () => {
    for (const name of ['a', 'b', 'c']) put(name, 'x'.repeat(1000));
    const code = (thrown: unknown): string => (thrown as CaseError).code;
    expect(await look({ maxFiles: 2 }).catch(code)).to.equal('intake.too-many-files');
    expect(await look({ maxBytes: 2500 }).catch(code)).to.equal('intake.too-big');
  });

  it('finds what stands behind more header than one read, in a worker when it is long', async () => {
    const bulk = (bytes: number) => ({ '0009,1010': element('0009,1010', 'OB', Buffer.alloc(bytes)) });
    put('medium', dicomFile(rawCtSlice({ z: 1, changes: bulk(100_000) })));
    put('long', dicomFile(rawCtSlice({ z: 2, changes: bulk(2_000_000) })));
    const found = await look();
    expect(found.ctSlices.map(({ path }) => path)).to.deep.equal(['long', 'medium']);
  });

  it('reads the planes of a structure set without its contours', async () => {
    const planes = Array.from(
      { length: 2000 },
      (_, i) => `1.2.840.113619.2.55.3.1234567890.123.1234567890.${String(i)}`,
    );
    put('rs', dicomFile(structures(planes), { encoding: 'implicit-little' }));
    expect((await look()).structureSets[0]?.referencedSeries[0]?.planes).to.deep.equal(planes);
  });

  it('calls a slice without all its pixels unreadable, and a DICOM file of 132 bytes empty', async () => {
    const slice = dicomFile(rawCtSlice({ z: 0 }));
    put('cut', slice.subarray(0, slice.length - 10));
    put('void', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]));
    const found = await look();
    expect(found.ctSlices).to.deep.equal([]);
    expect(found.unreadable.map(({ path }) => path)).to.deep.equal(['cut', 'void']);
    expect(found.unreadable[0]?.reason).to.contain('10 bytes of pixels are missing');
    expect(found.unreadable[1]?.reason).to.contain('empty DICOM file');
  });

  it('calls a file cut off anywhere in its header unreadable, or finds it whole', async () => {
    const slice = dicomFile(rawCtSlice({ z: 0 }), { undefinedLengths: true });
    const plan = dicomFile(rawIonPlan(), { undefinedLengths: true });
    for (let i = 1; i < 50; i++) {
      put(`ct-${String(i)}`, slice.subarray(0, Math.floor((slice.length * i) / 50)));
      put(`plan-${String(i)}`, plan.subarray(0, Math.floor((plan.length * i) / 50)));
    }
    const found = await look();
    expect(found.ctSlices).to.deep.equal([]);
    const known = found.unreadable.length + found.notDicom.length + found.ionPlans.length;
    expect(known).to.equal(98);
    expect(found.ionPlans.every(({ sopInstanceUid }) => sopInstanceUid === PLAN_UID)).to.equal(true);
  });

  it('stops when it is told to', async () => {
    put('plan.dcm', dicomFile(rawIonPlan()));
    const reader = new DicomCaseReader({ maxFiles: 10, maxBytes: 2 ** 30 });
    const abort = AbortSignal.abort(new Error('stopping'));
    expect(await reader.inventory(temp.path, abort).catch((thrown: unknown) => (thrown as Error).message)).to.equal(
      'stopping',
    );
  });

  it('reads a plan too long for this thread in a worker, with the same result and the same refusals', async () => {
    put('plan.dcm', dicomFile(rawIonPlan()));
    put('bad.dcm', dicomFile(rawIonPlan({ beams: [{ number: 9, meterset: 0 }] })));
    const worker = new DicomCaseReader({ maxFiles: 10, maxBytes: 2 ** 30, inlineBytes: 100 });
    const inline = new DicomCaseReader({ maxFiles: 10, maxBytes: 2 ** 30 });
    readers.push(worker, inline);
    const file = join(temp.path, 'plan.dcm');
    expect(await worker.plan(file)).to.deep.equal(await inline.plan(file));
    const refused = async (reader: DicomCaseReader): Promise<unknown> => {
      const error = (await reader.plan(join(temp.path, 'bad.dcm')).catch((thrown: unknown) => thrown)) as CaseError;
      return [error instanceof CaseError, error.severity, error.code, error.message, error.remedy];
    };
    expect(await refused(worker)).to.deep.equal(await refused(inline));
  });
});

import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { walkFolder } from '../../../src/adapters/dicom/reading/folder-walk.js';
import { MAX_FOLDER_DEPTH } from '../../../src/domain/entry-kind.js';
import { DicomCaseReader } from '../../../src/adapters/dicom/reading/dicom-case-reader.js';
import { readHeader, scratchBuffer } from '../../../src/adapters/dicom/reading/header-reader.js';
import { walkFolder as watcherWalk } from '../../../src/adapters/watcher/folder-walk.js';
import { ReadyMarkers } from '../../../src/adapters/watcher/ready-markers.js';
import type { CaseError } from '../../../src/domain/errors.js';
import { dicomFile } from '../../builders/dicom-bytes.js';
import { rawCtSlice } from '../../builders/raw-ct-slice.js';
import { PLAN_UID, rawIonPlan } from '../../builders/raw-ion-plan.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('A case folder that means no good', () => {
  const temp = tempFolder();
  const signal = new AbortController().signal;
  const put = (path: string, content: Buffer | string = 'x'): void => {
    mkdirSync(dirname(join(temp.path, path)), { recursive: true });
    writeFileSync(join(temp.path, path), content);
  };
  const look = (maxFiles = 1000) =>
    new DicomCaseReader({ maxFiles, maxBytes: 2 ** 30, readyMarker: '_CASE_READY' }).inventory(temp.path, signal);

  it('has exactly the files for the reader that the watcher counted', async () => {
    put('plan.dcm', dicomFile(rawIonPlan()));
    put('sub/ct.dcm', dicomFile(rawCtSlice({ z: 1 })));
    put('sub/_CASE_READY');
    const ignored = [
      '.hidden',
      'x.part',
      'X.PART',
      'x.filepart',
      'x.tmp',
      '~$x',
      'Thumbs.db',
      '_CASE_READY',
      'MQI_HOLD',
    ];
    for (const name of ignored) put(name, dicomFile(rawIonPlan()));
    for (const folder of ['@eaDir', '#recycle', '.snapshot', '~old', 'sub.tmp']) {
      put(`${folder}/plan.dcm`, dicomFile(rawIonPlan()));
      put(`sub/${folder}/deeper/plan.dcm`, dicomFile(rawIonPlan()));
    }
    const found = await look();
    expect(found.ionPlans.map(({ path }) => path)).to.deep.equal(['plan.dcm']);
    expect(found.notDicom).to.deep.equal(['sub/_CASE_READY']);
    expect(found.files).to.equal(3);
    expect(
      (await watcherWalk(dirname(temp.path), basename(temp.path), ReadyMarkers.of(dirname(temp.path), '_CASE_READY')))
        .files,
    ).to.equal(found.files);
  });

  it('is refused with the rule in words when its folders go too deep, and read when they just do not', async () => {
    const deep = (levels: number): string => Array.from({ length: levels }, () => 'd').join('/');
    put(`${deep(MAX_FOLDER_DEPTH)}/plan.dcm`, dicomFile(rawIonPlan()));
    expect((await look()).ionPlans).to.have.length(1);
    put(`${deep(MAX_FOLDER_DEPTH + 1)}/plan.dcm`, dicomFile(rawIonPlan()));
    const error = (await rejection(look())) as CaseError;
    expect(error).to.include({ severity: 'input', code: 'intake.too-deep' });
    expect(error.message).to.contain(`more than ${String(MAX_FOLDER_DEPTH)} levels`);
  });

  it('is refused for too many files after as many, however many there are, also of those that are no content', async () => {
    for (let i = 0; i < 3000; i++) put(`f${String(i)}`, '');
    expect(await rejection(look(20))).to.include({ severity: 'input', code: 'intake.too-many-files' });
    rmSync(temp.path, { recursive: true });
    for (let i = 0; i < 3000; i++) put(`.f${String(i)}`, '');
    expect(await rejection(look(20))).to.include({ code: 'intake.too-many-files' });
    expect((await look(1000)).files).to.equal(0);
  });

  it('may hold hard links, which are files like others', async () => {
    put('plan.dcm', dicomFile(rawIonPlan()));
    linkSync(join(temp.path, 'plan.dcm'), join(temp.path, 'again.dcm'));
    expect((await look()).ionPlans.map(({ path }) => path)).to.deep.equal(['again.dcm', 'plan.dcm']);
  });

  it('may hold names that differ only in case: each is a file of its own', async () => {
    put('plan.dcm', dicomFile(rawIonPlan()));
    put('PLAN.dcm', dicomFile(rawCtSlice({ z: 1 })));
    const found = await look();
    expect(found.ionPlans[0]).to.include({ path: 'plan.dcm', sopInstanceUid: PLAN_UID });
    expect(found.ctSlices.map(({ path }) => path)).to.deep.equal(['PLAN.dcm']);
  });

  it('may hold a file of 60 GB: no more than its header is read, and the whole is too big for a case', async () => {
    put('plan.dcm', dicomFile(rawIonPlan()));
    truncateSync(join(temp.path, 'plan.dcm'), 60e9);
    const read = await readHeader(join(temp.path, 'plan.dcm'), 'plan.dcm', scratchBuffer(), Infinity);
    expect(read.entry).to.include({ kind: 'ion-plan' });
    expect(read.bytes).to.equal(60e9);
    expect(await rejection(look())).to.include({ severity: 'input', code: 'intake.too-big' });
  });

  it('has its sockets, FIFOs and devices listed and never opened', async () => {
    put('plan.dcm', dicomFile(rawIonPlan()));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(temp.path, 'socket'), resolve));
    execFileSync('mkfifo', [join(temp.path, 'fifo')]);
    const devices = makeDevice(join(temp.path, 'zero')) ? ['zero'] : [];
    const found = await look();
    await new Promise((resolve) => server.close(resolve));
    const expected = ['fifo', 'socket', ...devices].map((path) => ({ path, reason: 'not a regular file' }));
    expect(found.unreadable).to.deep.equal(expected);
    expect(found.ionPlans).to.have.length(1);
  });

  it('may lose a file, or have it replaced by a link or a device, between the listing and the reading', async () => {
    put('gone');
    put('swapped');
    const { files } = await walkFolder(temp.path, { maxFiles: 10 }, signal);
    rmSync(join(temp.path, 'gone'));
    rmSync(join(temp.path, 'swapped'));
    symlinkSync('/dev/zero', join(temp.path, 'swapped'));
    const read = (path: string) => readHeader(join(temp.path, path), path, scratchBuffer(), Infinity);
    expect((await Promise.all(files.map(read))).map(({ entry }) => entry)).to.deep.equal([
      { kind: 'unreadable', reason: 'it vanished while the folder was read' },
      { kind: 'unreadable', reason: 'a symbolic link: links are not followed' },
    ]);
    expect(await readHeader('/dev/zero', 'zero', scratchBuffer(), Infinity)).to.deep.equal({
      entry: { kind: 'unreadable', reason: 'not a regular file' },
      bytes: 0,
      stamp: 'unread',
    });
  });
});

/** Only the superuser may make devices, and not in every container. */
function makeDevice(path: string): boolean {
  try {
    execFileSync('mknod', [path, 'c', '1', '5'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

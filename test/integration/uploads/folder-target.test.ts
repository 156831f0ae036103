import { expect } from 'chai';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { FolderTarget } from '../../../src/adapters/uploads/folder-target.js';
import type { Case } from '../../../src/domain/case.js';
import { REPORT_START } from '../../../src/domain/delivery-report.js';
import { CaseError } from '../../../src/domain/errors.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDoseFile } from '../../builders/a-dose-file.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { tempFolder } from '../../temp-folder.js';

describe('delivery into a folder', () => {
  const temp = tempFolder();
  const never = new AbortController().signal;
  let outbox: string;
  let target: FolderTarget;
  beforeEach(() => {
    outbox = join(temp.path, 'outbox');
    target = new FolderTarget({ name: 'outbox', path: outbox, makeMissing: true }, new FakeClock());
  });
  const dose = (kase: Case, beamNumber: number | null, content = 'dose'): MadeDose =>
    aDoseFile(join(temp.path, 'work', kase.id, `${String(beamNumber)}-${content}`), {
      beamNumber,
      sopInstanceUid: `2.25.${kase.id.slice(1)}.${String(beamNumber ?? 9)}`,
      content,
    });
  const deliverAll = async (kase: Case, beams: readonly (number | null)[] = [1, 2, null]): Promise<void> => {
    const receipts = [];
    for (const beam of beams) receipts.push(await target.deliver(kase, dose(kase, beam), never));
    await target.finish(kase, receipts);
  };
  const failure = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (error) {
      if (error instanceof CaseError) return `${error.severity} ${error.code}`;
      throw error;
    }
    return 'no failure';
  };
  const list = (folder: string): readonly string[] => readdirSync(folder).sort();

  it('ends with the objects by beam number, the plan, and a receipt that names them', async () => {
    const kase = aCase({ folder: 'case-a', planSopInstanceUid: '1.2.3' });
    await deliverAll(kase, [0, 12, null]);
    const folder = join(outbox, 'case-a');
    expect(list(folder)).to.deep.equal(['RD.000.dcm', 'RD.012.dcm', 'RD.plan.dcm', 'receipt.json']);
    const receipt = JSON.parse(readFileSync(join(folder, 'receipt.json'), 'utf8')) as {
      objects: Record<string, unknown>[];
    };
    expect(receipt).to.include({ caseId: kase.id, folder: 'case-a', run: 1, planSopInstanceUid: '1.2.3' });
    expect(receipt.objects).to.have.length(3);
    expect(receipt.objects[0]).to.have.keys([
      'target',
      'sopInstanceUid',
      'status',
      'location',
      'sha256',
      'verifiedBy',
      'attempts',
      'peerSaid',
      'at',
    ]);
    expect(receipt.objects[0]!.location).to.equal(join(folder, 'RD.000.dcm'));
    expect(new Date(receipt.objects[0]!.at as string).toISOString()).to.equal(receipt.objects[0]!.at);
    expect(readFileSync(join(folder, 'RD.plan.dcm'))).to.deep.equal(readFileSync(dose(kase, null).path));
  });

  it('has the delivery report beside the objects; a later one takes its place and nothing else changes', async () => {
    const kase = aCase({ folder: 'c' });
    await deliverAll(kase, [1]);
    const before = readFileSync(join(outbox, 'c', 'receipt.json'));
    for (const text of ['first', 'both']) {
      await target.report(kase, `${REPORT_START}${text}`);
      expect(readFileSync(join(outbox, 'c', 'delivery-report.csv'), 'utf8')).to.equal(`${REPORT_START}${text}`);
    }
    expect(list(join(outbox, 'c'))).to.deep.equal(['RD.001.dcm', 'delivery-report.csv', 'receipt.json']);
    expect(readFileSync(join(outbox, 'c', 'receipt.json'))).to.deep.equal(before);
  });

  it('never replaces a file of that name that is somebody else’s', async () => {
    mkdirSync(join(outbox, 'c'), { recursive: true });
    writeFileSync(join(outbox, 'c', 'delivery-report.csv'), 'my notes');
    const given = failure(target.report(aCase({ folder: 'c' }), `${REPORT_START}x`));
    expect(await given).to.equal('permanent upload.name-conflict');
    expect(readFileSync(join(outbox, 'c', 'delivery-report.csv'), 'utf8')).to.equal('my notes');
  });

  it('leaves a file that is already there as it is', async () => {
    const kase = aCase();
    const receipt = await target.deliver(kase, dose(kase, 1), never);
    const before = statSync(receipt.location!).ino;
    const again = await target.deliver(kase, dose(kase, 1), never);
    expect(again.verifiedBy).to.equal('sha256 of the copy that was already there');
    expect(statSync(receipt.location!).ino).to.equal(before);
  });

  it('is not disturbed by the part file of an earlier crash', async () => {
    const kase = aCase({ folder: 'c' });
    mkdirSync(join(outbox, 'c'), { recursive: true });
    writeFileSync(join(outbox, 'c', 'RD.001.dcm.part'), Buffer.alloc(100_000, 7));
    await deliverAll(kase, [1]);
    expect(list(join(outbox, 'c'))).to.deep.equal(['RD.001.dcm', 'receipt.json']);
  });

  it('refuses to overwrite a file that somebody else put there', async () => {
    mkdirSync(join(outbox, 'c'), { recursive: true });
    writeFileSync(join(outbox, 'c', 'RD.001.dcm'), 'something else');
    const kase = aCase({ folder: 'c' });
    expect(await failure(target.deliver(kase, dose(kase, 1), never))).to.equal('permanent upload.name-conflict');
    expect(readFileSync(join(outbox, 'c', 'RD.001.dcm'), 'utf8')).to.equal('something else');
    writeFileSync(join(outbox, 'c', 'receipt.json'), '{"not": "ours"}');
    expect(await failure(target.deliver(kase, dose(kase, 2), never))).to.equal('permanent upload.name-conflict');
  });

  for (const folder of [
    'a b',
    'it\'s "quoted" $(touch x)',
    'new\nline',
    '환자/검사',
    'x'.repeat(200),
    '-rf',
    '...',
    'G1/case',
  ]) {
    it(`takes the folder name ${JSON.stringify(folder).slice(0, 30)} as it is`, async () => {
      await deliverAll(aCase({ folder }), [1]);
      expect(existsSync(join(outbox, ...folder.split('/'), 'receipt.json'))).to.equal(true);
    });
  }

  for (const folder of ['..', '../elsewhere', 'a/../../elsewhere', '', '/etc', 'a//b', '.', 'link/out']) {
    it(`never leaves the target for the folder name ${JSON.stringify(folder)}`, async () => {
      mkdirSync(outbox, { recursive: true });
      mkdirSync(join(temp.path, 'elsewhere'));
      symlinkSync(join(temp.path, 'elsewhere'), join(outbox, 'link'));
      const kase = aCase({ folder });
      expect(await failure(target.deliver(kase, dose(kase, 1), never))).to.equal('permanent upload.bad-name');
      expect(list(join(temp.path, 'elsewhere'))).to.deep.equal([]);
    });
  }

  it('waits for a share that is away, and does not make its mount point', async () => {
    const share = new FolderTarget(
      { name: 'share', path: join(temp.path, 'share'), makeMissing: false },
      new FakeClock(),
    );
    const kase = aCase();
    expect(await failure(share.deliver(kase, dose(kase, 1), never))).to.equal('transient upload.unavailable');
    expect(existsSync(join(temp.path, 'share'))).to.equal(false);
    expect(await share.check()).to.deep.equal([`${join(temp.path, 'share')}: the folder does not exist`]);
  });

  it('does not take a name that is too long there for a target that is away', async () => {
    const kase = aCase({ folder: 'x'.repeat(256) });
    expect(await failure(target.deliver(kase, dose(kase, 1), never))).to.equal('permanent upload.bad-name');
  });

  it('asks for a person when the disk is full', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const kase = aCase({ folder: 'c' });
    mkdirSync(join(outbox, 'c'), { recursive: true });
    symlinkSync('/dev/full', join(outbox, 'c', 'RD.001.dcm.part'));
    await target.deliver(kase, dose(kase, 2), never);
    expect(await failure(target.deliver(kase, dose(kase, 1), never))).to.equal('operator disk.full');
    expect(existsSync(join(outbox, 'c', 'RD.001.dcm'))).to.equal(false);
  });

  it('never delivers a dose that changed in the work folder', async () => {
    const kase = aCase({ folder: 'c' });
    const made = dose(kase, 1);
    writeFileSync(made.path, 'changed');
    expect(await failure(target.deliver(kase, made, never))).to.equal('permanent dose.damaged');
    rmSync(made.path);
    expect(await failure(target.deliver(kase, made, never))).to.equal('permanent dose.damaged');
    expect(list(join(outbox, 'c'))).to.deep.equal(['.delivery.json']);
  });

  it('leaves nothing behind when it checks itself', async () => {
    expect(await target.check()).to.deep.equal([]);
    expect(list(outbox)).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderTemplateTarget } from '../../../src/adapters/uploads/folder-template-target.js';
import type { Case } from '../../../src/domain/case.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDoseFile } from '../../builders/a-dose-file.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('delivery into a folder under names of the site', () => {
  const temp = tempFolder();
  const never = new AbortController().signal;
  let share: string;
  const target = (template: string, makeMissing = true): FolderTemplateTarget =>
    new FolderTemplateTarget(
      { name: 'share', optional: false, path: share, template, makeMissing, receiptTable: true },
      new FakeClock(),
    );
  const dose = (kase: Case, beamNumber: number | null, content = 'dose'): MadeDose =>
    aDoseFile(join(temp.path, 'work', kase.id, `${String(beamNumber)}-${content}`), {
      beamNumber,
      sopInstanceUid: `2.25.${String(beamNumber ?? 9)}`,
      content,
    });
  beforeEach(() => {
    share = join(temp.path, 'share');
  });
  const everything = (): readonly string[] => (readdirSync(share, { recursive: true }) as string[]).sort();

  it('gives each object its place, and report and receipt places beside them', async () => {
    const kase = aCase({ id: 'c1', folder: 'ward/lung', planLabel: 'G1/boost', run: 2 });
    const it = target('{folder}/{planLabel}/RD.{beamNumber}.dcm');
    const receipts = [await it.deliver(kase, dose(kase, 3), never), await it.deliver(kase, dose(kase, null), never)];
    await it.report(kase, 'a,b');
    await it.finish(kase, receipts);
    await it.finish(kase, receipts);
    expect(everything().filter((name) => name.split('/').length === 4)).to.deep.equal([
      'ward/lung/G1_boost/RD.003.dcm',
      'ward/lung/G1_boost/RD.plan.dcm',
      'ward/lung/G1_boost/delivery-report.c1.csv',
      'ward/lung/G1_boost/receipt.c1.csv',
      'ward/lung/G1_boost/receipt.c1.json',
    ]);
    const [columns, first] = readFileSync(receiptAt('ward/lung/G1_boost/receipt.c1.csv'), 'utf8').split('\r\n');
    expect(columns).to.match(/^target,sopInstanceUid,status,/);
    expect(first).to.contain(`${receipts[0]!.target},${receipts[0]!.sopInstanceUid},delivered,`);
    const receipt = JSON.parse(readFileSync(receiptAt('ward/lung/G1_boost/receipt.c1.json'), 'utf8')) as {
      readonly objects: readonly { readonly location: string }[];
    };
    expect(receipt.objects.map(({ location }) => location)).to.deep.equal(receipts.map(({ location }) => location));
    expect(await it.audit(kase, receipts)).to.deep.equal([]);
    writeFileSync(receipts[0]!.location!, 'changed');
    expect(await it.audit(kase, receipts)).to.have.length(1);
  });
  const receiptAt = (name: string): string => join(share, name);

  it('makes no name that leads out of it, whatever the folder and the plan are called', async () => {
    const kase = aCase({ folder: '..', planLabel: '../../../etc/\u0000passwd' });
    const { location } = await target('{folder}/{planLabel}.{beamNumber}.dcm').deliver(kase, dose(kase, 1), never);
    expect(location!.startsWith(`${share}/`)).to.equal(true);
    expect(location).not.to.include('/../');
  });

  it('overwrites nothing: another object under the name is left alone', async () => {
    const [a, b] = [aCase({ id: 'c1', folder: 'A' }), aCase({ id: 'c2', folder: 'B' })];
    const it = target('{date}.{beamNumber}.dcm');
    const { location } = await it.deliver(a, dose(a, 1, 'first'), never);
    const before = readFileSync(location!);
    const other = { ...dose(b, 1, 'second'), sopInstanceUid: '2.25.77' };
    expect(await rejection(it.deliver(b, other, never))).to.include({
      severity: 'permanent',
      code: 'upload.name-conflict',
    });
    expect(readFileSync(location!).equals(before)).to.equal(true);
  });

  it('follows no link out of it', async () => {
    mkdirSync(share);
    symlinkSync(temp.path, join(share, 'away'));
    const kase = aCase({ folder: 'away' });
    const failure = await rejection(target('{folder}/RD.{beamNumber}.dcm').deliver(kase, dose(kase, 1), never));
    expect(failure).to.include({ severity: 'permanent', code: 'upload.bad-name' });
  });

  it('refuses a name that no file system takes, and says what to change', async () => {
    const kase = aCase({ planLabel: '\u{1F600}'.repeat(64), folder: 'ü'.repeat(64) });
    const failure = await rejection(
      target('{folder}-{folder}-{folder}.{beamNumber}').deliver(kase, dose(kase, 1), never),
    );
    expect(failure).to.include({ code: 'upload.bad-name' });
  });

  it('does not make a share that is away: what it holds would land beneath its mount', async () => {
    const kase = aCase();
    const failure = await rejection(target('{folder}/RD.{beamNumber}.dcm', false).deliver(kase, dose(kase, 1), never));
    expect(failure).to.include({ severity: 'transient', code: 'upload.unavailable' });
    expect(await target('{folder}/RD.{beamNumber}.dcm', false).check()).to.have.length(1);
    expect(await target('{folder}/RD.{beamNumber}.dcm').check()).to.deep.equal([]);
    expect(everything()).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DicomTarget, type DicomTargetOptions } from '../../../src/adapters/uploads/dicom-target.js';
import { CaseError } from '../../../src/domain/errors.js';
import type { Receipt } from '../../../src/domain/receipt.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { AnsweringScp } from '../../answering-scp.js';
import { aCase } from '../../builders/a-case.js';
import { aDicomDose, freshUid } from '../../builders/a-dicom-dose.js';
import { dicomOptions, hasOrthanc, Orthanc, startStorescp } from '../../dicom-peers.js';
import { freePort } from '../../free-port.js';
import { hasDcmtk } from '../../dicom-tools.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import type { Daemon } from '../../mounts/daemon.js';
import { removeFolder } from '../../remove-folder.js';
import { tempFolder } from '../../temp-folder.js';

const never = new AbortController().signal;
const targetAt = (port: number, change: Partial<DicomTargetOptions> = {}): DicomTarget =>
  new DicomTarget(dicomOptions(port, change), new FakeClock());
const deliver = (target: DicomTarget, dose: MadeDose): Promise<Receipt> => target.deliver(aCase(), dose, never);

async function failureOf(work: Promise<unknown>): Promise<CaseError> {
  const error = await work.then(
    () => new Error('nothing failed'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof CaseError) return error;
  throw error as Error;
}

/** The data set of a DICOM file: what follows its group 0002. */
const dataSet = (file: Buffer): Buffer => file.subarray(144 + file.readUInt32LE(140));

describe('DICOM target: an Orthanc', () => {
  const temp = tempFolder();
  let orthanc: Orthanc;
  let place: string;
  let targets: DicomTarget[];
  before(async function () {
    if (!hasOrthanc()) return this.skip();
    place = mkdtempSync(join(tmpdir(), 'mqi-orthanc-'));
    orthanc = await Orthanc.start(place);
  });
  after(async () => {
    await orthanc.daemon.end();
    removeFolder(place);
  });
  beforeEach(() => {
    targets = [];
  });
  afterEach(async () => {
    for (const target of targets) await target.finish();
  });
  const target = (change: Partial<DicomTargetOptions> = {}): DicomTarget => {
    const made = targetAt(orthanc.port, change);
    targets.push(made);
    return made;
  };
  const dose = (change: Parameters<typeof aDicomDose>[1] = {}): MadeDose =>
    aDicomDose(join(temp.path, `${String(Math.random())}.dcm`), { sopInstanceUid: freshUid(), ...change });

  it('keeps the data set byte for byte, found by query', async () => {
    const object = dose({ frames: 40 });
    const receipt = await deliver(target(), object);
    expect(receipt).to.include({ status: 'delivered', verifiedBy: 'C-FIND', sha256: object.sha256 });
    expect(receipt.peerSaid).to.equal('C-STORE: 0000 success; C-FIND: one match');
    const kept = await orthanc.files(object.sopInstanceUid);
    expect(kept).to.have.length(1);
    expect(dataSet(kept[0]!).equals(dataSet(readFileSync(object.path)))).to.equal(true);
  });

  it('commits itself to an object by a report to our own port', async () => {
    const change = { verify: 'commitment' as const, listenPort: orthanc.reportPort };
    const committing = target(change);
    expect(await committing.check()).to.deep.equal([]);
    expect((await deliver(committing, dose())).verifiedBy).to.equal('storage commitment');
    expect((await deliver(committing, dose())).verifiedBy).to.equal('storage commitment');
  });

  it('does not believe a commitment to another object under the same UID, and does not send an object twice', async () => {
    const commitment = { verify: 'commitment' as const, listenPort: orthanc.reportPort };
    const theirs = dose({ doseGridScaling: '0.5' });
    const sent = await deliver(target(), theirs);
    const ours = dose({ sopInstanceUid: sent.sopInstanceUid, doseGridScaling: '0.25' });
    const failure = await failureOf(deliver(target(commitment), ours));
    expect(failure).to.include({ severity: 'permanent', code: 'upload.uid-conflict' });
    expect(failure.message).to.match(/another object under the same SOP instance UID: its Dose Grid Scaling/);
    const again = await deliver(target(commitment), theirs);
    expect(again.verifiedBy).to.equal('storage commitment: it was already there');
    expect(again.peerSaid).to.equal('C-FIND: one match; N-EVENT-REPORT: committed');
  });

  it('has the object once after a crash between sending and recording', async () => {
    const object = dose();
    await deliver(target(), object);
    const second = await deliver(target(), object);
    expect(second.verifiedBy).to.equal('C-FIND: it was already there');
    expect(await orthanc.files(object.sopInstanceUid)).to.have.length(1);
  });

  it('is told what is gone', async () => {
    const sender = target();
    const receipts = [await deliver(sender, dose()), await deliver(sender, dose())];
    expect(await sender.audit(aCase(), receipts)).to.deep.equal([]);
    await orthanc.remove(receipts[1]!.sopInstanceUid);
    expect(await sender.audit(aCase(), receipts)).to.deep.equal([
      `the delivered object ${receipts[1]!.sopInstanceUid} is gone from upload target t`,
    ]);
  });

  it('needs a person where either AE title is unknown', async () => {
    const wrongCalled = await failureOf(deliver(target({ calledAeTitle: 'OTHER' }), dose()));
    expect(wrongCalled).to.include({ severity: 'operator', code: 'upload.ae-title' });
    expect(wrongCalled.message).to.contain('called AE title not recognised');
    const wrongCalling = await failureOf(deliver(target({ callingAeTitle: 'NOBODY' }), dose()));
    expect(wrongCalling).to.include({ severity: 'operator' });
    expect(await target({ calledAeTitle: 'OTHER' }).check()).to.have.length(1);
  });

  it('sends nothing of a file that has changed since it was recorded', async () => {
    const object = dose({ frames: 40 });
    const failure = await failureOf(deliver(target(), { ...object, sha256: '0'.repeat(64) }));
    expect(failure).to.include({ severity: 'permanent', code: 'dose.damaged' });
    expect(await orthanc.files(object.sopInstanceUid)).to.deep.equal([]);
  });
});

describe('DICOM target: peers at fault', () => {
  const temp = tempFolder();
  const daemons: Daemon[] = [];
  const scps: AnsweringScp[] = [];
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.end();
    for (const scp of scps.splice(0)) await scp.end();
  });
  const dose = (): MadeDose =>
    aDicomDose(join(temp.path, `${String(Math.random())}.dcm`), { sopInstanceUid: freshUid(), frames: 40 });
  const answering = async (
    answer: (n: number) => number | null,
    change: Partial<DicomTargetOptions> = {},
    comment = '',
  ): Promise<{ readonly target: DicomTarget; readonly scp: AnsweringScp }> => {
    const scp = new AnsweringScp(answer, comment);
    scps.push(scp);
    return { scp, target: targetAt(await scp.start(), { verify: 'none', ...change }) };
  };
  const storescp = async (...options: string[]): Promise<number> => {
    const { daemon, port } = await startStorescp(join(temp.path, 'taken'), ...options);
    daemons.push(daemon);
    return port;
  };
  /** Each test is impatient with what it is about alone: a busy machine may be slow at all else. */
  const patient = { connectSeconds: 20, associationSeconds: 20, responseSeconds: 20, commitmentSeconds: 20 };

  for (const [status, severity, code] of [
    [0xa700, 'transient', 'upload.refused'],
    [0xa900, 'permanent', 'upload.refused'],
    [0xc000, 'permanent', 'upload.refused'],
    [0x0110, 'transient', 'upload.refused'],
    [0x0122, 'operator', 'upload.not-supported'],
    [0x0124, 'operator', 'upload.auth'],
    [0x0111, 'permanent', 'upload.uid-conflict'],
  ] as const) {
    it(`a status of ${status.toString(16)} is ${severity}: ${code}`, async () => {
      const { target } = await answering(() => status);
      expect(await failureOf(deliver(target, dose()))).to.include({ severity, code });
      await target.finish();
    });
  }

  for (const status of [0xb000, 0xb006, 0xb007]) {
    it(`a warning of ${status.toString(16)} is delivered with a remark, or a failure where the site wants it`, async () => {
      const { target } = await answering(() => status);
      const { verifiedBy } = await deliver(target, dose());
      expect(verifiedBy).to.equal(
        `status of C-STORE, with warning status ${status.toString(16).toUpperCase()} from the peer`,
      );
      await target.finish();
      const { target: strict } = await answering(() => status, { warnings: 'failed' });
      expect(await failureOf(deliver(strict, dose()))).to.include({ severity: 'permanent', code: 'upload.warning' });
      await strict.finish();
    });
  }

  it("keeps the peer's own words, of what it took and of what it refused", async () => {
    const { target } = await answering(() => 0xb000, {}, 'PatientSex coerced');
    expect((await deliver(target, dose())).peerSaid).to.equal(
      'C-STORE: B000 coercion of data elements: PatientSex coerced',
    );
    await target.finish();
    const { target: full } = await answering(() => 0xa700, {}, 'quota of archive 4');
    const failure = await failureOf(deliver(full, dose()));
    expect(failure.peerSaid).to.equal('A700 out of resources: quota of archive 4');
    expect(failure.message).not.to.contain('quota'); // what is shown beside the case is ours
    await full.finish();
  });

  it('takes a warning for what its own rule says', async () => {
    const warningRules = { B000: 'failed', B006: null, B007: null } as const;
    const { target: strict } = await answering(() => 0xb000, { warningRules });
    expect(await failureOf(deliver(strict, dose()))).to.include({ severity: 'permanent', code: 'upload.warning' });
    await strict.finish();
    const { target: mild } = await answering(() => 0xb006, { warningRules });
    expect((await deliver(mild, dose())).status).to.equal('delivered');
    await mild.finish();
  });

  it('sends the objects of a case on one association, the next case on another', async () => {
    const { target, scp } = await answering(() => 0);
    for (let i = 0; i < 5; i += 1) await deliver(target, dose());
    await target.finish();
    expect(scp.associations).to.equal(1);
    await deliver(target, dose());
    await target.finish();
    expect(scp.associations).to.equal(2);
  });

  it('goes on over a new association where the peer has ended the waiting one', async () => {
    const { target, scp } = await answering(() => 0);
    await deliver(target, dose());
    scp.hangUp();
    expect((await deliver(target, dose())).status).to.equal('delivered');
    expect(scp.received).to.have.length(2);
    await target.finish();
  });

  it('counts nothing that got no answer of its own', async () => {
    const { target } = await answering(() => null);
    expect(await failureOf(deliver(target, dose()))).to.include({ severity: 'transient', code: 'upload.aborted' });
  });

  it('names study and series to a peer that cannot find an instance by its own UID', async () => {
    const answers = [0xa900, 0x0000, 0x0000, 0xa900, 0xa900];
    const { target, scp } = await answering((n) => answers[n - 1] ?? 0, { verify: 'find' });
    const failure = await failureOf(deliver(target, dose()));
    expect(failure).to.include({ severity: 'transient', code: 'upload.verify-failed' });
    expect(failure.message).to.contain('status A900');
    expect(scp.received.map((sent) => (sent === '' ? 'asked' : 'sent'))).to.deep.equal([
      'asked',
      'asked',
      'sent',
      'asked',
      'asked',
    ]);
    await target.finish();
  });

  it('tries again later where nobody listens', async () => {
    const failure = await failureOf(deliver(targetAt(await freePort()), dose()));
    expect(failure).to.include({ severity: 'transient', code: 'upload.unavailable' });
  });

  it('waits no longer for a report of storage commitment than it should', async () => {
    const timeouts = { ...patient, commitmentSeconds: 1 };
    const { target } = await answering(() => 0, { verify: 'commitment', listenPort: await freePort(), timeouts });
    const failure = await failureOf(deliver(target, dose()));
    expect(failure).to.include({ severity: 'transient', code: 'upload.verify-timeout' });
  });

  it('lets go of a peer that does not answer when the service stops', async () => {
    const port = await storescp('--sleep-during', '20');
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort(new Error('stopping'));
    }, 200);
    const target = targetAt(port, { verify: 'none' });
    let failure: unknown;
    await target.deliver(aCase(), dose(), stop.signal).catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.equal(stop.signal.reason);
  });

  for (const [options, severity, code, responseSeconds] of [
    [['--refuse'], 'operator', 'upload.rejected', 20],
    [['--abort-after'], 'transient', 'upload.aborted', 20],
    [['--abort-during'], 'transient', 'upload.aborted', 20],
    [['--sleep-during', '3'], 'transient', 'upload.timeout', 1],
  ] as const) {
    it(`storescp ${options.join(' ')} is ${severity}: ${code}`, async function () {
      if (!hasDcmtk()) return this.skip();
      const timeouts = { ...patient, responseSeconds };
      const target = targetAt(await storescp(...options), { verify: 'none', timeouts });
      expect(await failureOf(deliver(target, dose()))).to.include({ severity, code });
    });
  }

  it('is understood by dcmtk', async function () {
    if (!hasDcmtk()) return this.skip();
    const target = targetAt(await storescp(), { verify: 'none' });
    await deliver(target, dose());
    await deliver(target, dose());
    await target.finish();
    expect(readdirSync(join(temp.path, 'taken'))).to.have.length(2);
  });
});

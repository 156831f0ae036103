import { expect } from 'chai';
import { operator, permanent, transient } from '../../../../src/domain/errors.js';
import { afterSuccess } from '../../../../src/domain/target-state.js';
import { aCase } from '../../../builders/a-case.js';
import { tempFolder } from '../../../temp-folder.js';
import { UploadBench } from './upload-bench.js';

describe('the step upload, when targets fail', () => {
  const temp = tempFolder();
  let bench: UploadBench;

  beforeEach(async () => {
    bench = await UploadBench.in(temp.path);
  });

  it('does not stop the other targets when one is down, and says what it waits for', async () => {
    bench.outbox.failure = transient('upload.unavailable', 'upload target outbox cannot be reached');
    expect(await bench.run()).to.include({ do: 'wait', waitingFor: 'target outbox (cannot be reached)' });
    expect(await bench.statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
    expect(bench.archive.finished.has('c1')).to.equal(true);
    expect(bench.outbox.asked).to.have.length(1);
    expect(await bench.statuses('outbox')).to.deep.equal(['failed']);
    expect(bench.outbox.finished.has('c1')).to.equal(false);
    expect(bench.log.lines.find(({ message }) => message === 'upload failed')?.fields).to.include({
      target: 'outbox',
      code: 'upload.unavailable',
    });
  });

  it('says whole sentences of it, also where the target is not their subject', async () => {
    bench.outbox.failure = transient('upload.unavailable', 'the server of upload target outbox refused with status 4');
    const words = 'target outbox (the server of upload target outbox refused with status 4)';
    expect(await bench.run()).to.include({ waitingFor: words });
  });

  it('asks a target that is down nothing before its next probe is due', async () => {
    bench.outbox.failure = transient('upload.unavailable', 'away');
    await bench.run();
    await bench.run();
    expect(bench.outbox.asked).to.have.length(1);
    const { state, failures, nextProbeAt } = await bench.targetStates.get('outbox');
    expect([state, failures]).to.deep.equal(['down', 1]);
    bench.clock.setNow(nextProbeAt!);
    await bench.run();
    expect(bench.outbox.asked).to.have.length(2);
    expect(await bench.targetStates.get('outbox')).to.include({ state: 'down', failures: 2 });
  });

  it('counts the tries of each object and keeps what the target said, without what names the patient', async () => {
    bench.outbox.failure = transient('upload.refused', `no room for ${bench.kase.folder}, DOE^JANE\u0007 at all`);
    await bench.run();
    bench.outbox.failure = null;
    bench.later();
    await bench.run();
    const rows = (await bench.receipts.ofCase('c1')).filter(({ target }) => target === 'outbox');
    expect(rows.map(({ attempts }) => attempts)).to.deep.equal([2, 1, 1]);
    bench.outbox.failure = transient('upload.refused', `no room for ${bench.kase.folder}, DOE^JANE\u0007 at all`);
    await bench.uploads.again('c1', ['outbox'], bench.clock.now() + 1);
    await bench.run();
    const said = (await bench.receipts.ofCase('c1')).map(({ peerSaid }) => peerSaid).join();
    expect(said).not.to.include(bench.kase.folder);
    expect(said).not.to.include('DOE');
  });

  it('fails the case for an object that the target refuses again and again while it takes others', async () => {
    bench.outbox.failure = transient('upload.refused', 'cannot read it');
    expect(await bench.failure()).to.equal('no failure');
    for (let n = 1; n <= 3; n += 1) {
      bench.later();
      await bench.targetStates.save(afterSuccess(await bench.targetStates.get('outbox'), bench.clock.now()));
      bench.later();
      expect(await bench.failure()).to.equal(n <= 2 ? 'no failure' : 'permanent upload.refused');
    }
    expect(await bench.targetStates.get('outbox')).to.include({ state: 'working' });
    // Whoever has it tried again finds it open.
    bench.outbox.failure = null;
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
  });

  it('does not hold the other targets up while one object waits to be tried again at one of them', async () => {
    bench.outbox.failure = transient('upload.refused', 'cannot read it');
    bench.archive.failure = transient('upload.unavailable', 'away');
    await bench.run();
    bench.later();
    await bench.targetStates.save(afterSuccess(await bench.targetStates.get('outbox'), bench.clock.now()));
    bench.archive.failure = null;
    const outcome = await bench.run();
    expect(outcome).to.include({ do: 'wait' });
    expect(JSON.stringify(outcome)).to.include('to be tried again after failure 1 (cannot read it)');
    expect(await bench.statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('is held once for what a person must mend at a target, and tries it as soon as that person says so', async () => {
    bench.outbox.failure = operator('upload.auth', 'no right', { remedy: 'give it, then: mqi resume ID' });
    expect(await bench.failure()).to.equal('operator upload.auth');
    const other = aCase({ id: 'c2', folder: 'other', state: 'assembled' });
    bench.receipts.tables.cases.set('c2', other);
    const waitingFor = 'target outbox (no right; give it; this case then goes on by itself)';
    expect(await bench.run(other), 'the others are not held').to.include({ do: 'wait', waitingFor });
    bench.outbox.failure = null;
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
  });

  it('is not ended by what is final at one target while another may still come back', async () => {
    bench.outbox.failure = permanent('upload.uid-conflict', 'another dose');
    bench.archive.failure = transient('upload.unavailable', 'away');
    expect(await bench.run()).to.include({ do: 'wait', waitingFor: 'target archive (away)' });
    bench.archive.failure = null;
    bench.later();
    expect(await bench.failure()).to.equal('permanent upload.uid-conflict');
    expect(bench.outbox.asked).to.have.length(1);
    expect(await bench.statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });
});

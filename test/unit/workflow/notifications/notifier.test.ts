import { expect } from 'chai';
import { choosePlan } from '../../../../src/domain/acceptance.js';
import { permanent, toFailure, transient } from '../../../../src/domain/errors.js';
import { afterSuccess, neverTried } from '../../../../src/domain/target-state.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';
import { anInventory, aPlanFile } from '../../../builders/an-inventory.js';
import { aResource } from '../../../builders/a-resource.js';
import { refused } from '../../../refused.js';
import { TellingBench } from './telling-bench.js';

const MINUTE = 60_000;
const error = toFailure(permanent('engine.bad-dose', 'the dose of beam 2 is empty'));

describe('telling people', () => {
  let bench: TellingBench;
  const fresh = async (rule: ConstructorParameters<typeof TellingBench>[0] = {}): Promise<void> => {
    bench = new TellingBench(rule);
    bench.tables.cases.set('c1', aCase({ id: 'c1', folder: 'DOE^JANE', updatedAt: bench.clock.now() }));
    await bench.notifier.look();
  };
  beforeEach(() => fresh());

  it('says once that a case failed, why, and what to do, and nothing of the patient', async () => {
    bench.move('c1', 'fail', { error, planLabel: 'JANE_PROSTATE' });
    expect(await bench.lookAndTell()).to.deep.equal(['MQI: case c1 failed']);
    await bench.lookAndTell();
    bench.restart();
    expect(await bench.lookAndTell()).to.have.length(1);
    const text = JSON.stringify(bench.channel.sent);
    expect(text)
      .to.contain('the dose of beam 2 is empty')
      .and.to.contain('engine.bad-dose')
      .and.to.contain('mqi retry');
    expect(text).not.to.match(/JANE|PROSTATE/);
    expect(JSON.stringify(bench.store.rows)).not.to.match(/JANE|PROSTATE/);
  });

  it('tells of no dropped file by its name: exports name files after patients', async () => {
    const path = 'RP.DOE_JANE.dcm';
    const photons = refused(() => choosePlan(anInventory({ ionPlans: [], otherPlans: [aPlanFile({ path })] })));
    expect(photons.message).to.contain('JANE');
    bench.move('c1', 'reject', { error: toFailure(photons) });
    expect(await bench.lookAndTell()).to.deep.equal(['MQI: case c1 was rejected']);
    expect(JSON.stringify(bench.channel.sent))
      .to.contain('only photon or electron plans: (name not shown)')
      .and.not.to.contain('JANE');
    expect(JSON.stringify(bench.store.rows)).not.to.contain('JANE');
  });

  it('names the folder only where the configuration says so', async () => {
    await fresh({ includeFolderNames: true });
    bench.move('c1', 'fail', { error });
    await bench.lookAndTell();
    expect(bench.channel.sent[0]?.text).to.contain('folder: DOE^JANE');
  });

  it('says nothing of what happened before it was asked to', async () => {
    bench = new TellingBench();
    bench.tables.cases.set('c1', aCase({ id: 'c1' }));
    bench.move('c1', 'fail', { error });
    expect(await bench.lookAndTell()).to.deep.equal([]);
    expect(await bench.lookAndTell()).to.deep.equal([]);
  });

  it('wakes nobody for what is older than a day when the service comes back', async () => {
    bench.move('c1', 'fail', { error });
    bench.clock.setNow(bench.clock.now() + 25 * 60 * MINUTE);
    expect(await bench.lookAndTell()).to.deep.equal([]);
  });

  it('leaves out what a person wrote as the reason of a hold: it may name the patient', async () => {
    bench.move('c1', 'hold', { heldBecause: 'Jane called' });
    bench.tables.transitions.push({ ...bench.tables.transitions.pop()!, reason: 'Jane called', actor: 'cli:kim' });
    expect(await bench.lookAndTell()).to.deep.equal(['MQI: case c1 is held']);
    expect(JSON.stringify(bench.channel.sent)).to.contain('by an operator').and.not.to.contain('Jane');
  });

  it('tells a channel of its own inboxes, machines and events only', async () => {
    await fresh({ machines: ['G2'], inboxes: ['room2'], events: ['failed', 'rejected'] });
    bench.tables.beams.set('c1/1', aBeam({ caseId: 'c1', machine: 'G1' }));
    bench.tables.cases.set('c2', aCase({ id: 'c2', inbox: 'room2' }));
    bench.tables.cases.set('c3', aCase({ id: 'c3', inbox: 'room2' }));
    bench.tables.beams.set('c3/1', aBeam({ caseId: 'c3', machine: 'G1' }));
    bench.move('c1', 'fail', { error });
    bench.move('c2', 'reject');
    bench.move('c3', 'fail', { error });
    // The machine of the rejected case is not known: better told too often.
    expect(await bench.lookAndTell()).to.deep.equal(['MQI: case c2 was rejected']);
  });

  it('says that a share, a GPU, a target and the disk are lost, and that they are back, once each, over restarts', async () => {
    const gpu = aResource({ outOfService: 'it fell off the bus' });
    bench.tables.resources.set(gpu.id, gpu);
    bench.inboxes.of().watcher.loss = { since: bench.clock.now(), because: 'it cannot be listed (EIO)' } as never;
    bench.disk.free = 2 ** 20;
    const down = toFailure(transient('upload.unavailable', 'the target does not answer'));
    const working = afterSuccess(neverTried('pacs'), bench.clock.now());
    const target = { ...working, state: 'down', failures: 3, downSince: bench.clock.now(), error: down } as const;
    bench.tables.targets.set('pacs', target);
    expect(await bench.lookAndTell()).to.deep.equal(['MQI: 1 share-lost, 1 gpu-lost, 1 disk-low, 1 target-down']);
    expect(bench.channel.sent[0]?.text).to.contain('the target does not answer').and.to.contain('it fell off the bus');
    bench.restart();
    expect(await bench.lookAndTell()).to.have.length(1);
    bench.tables.resources.set(gpu.id, { ...gpu, outOfService: null });
    bench.inboxes.of().watcher.loss = null;
    bench.disk.free = 2 ** 40;
    bench.tables.targets.set('pacs', working);
    expect((await bench.lookAndTell())[1]).to.equal('MQI: 1 disk-back, 1 gpu-back, 1 share-back, 1 target-back');
    expect(await bench.lookAndTell()).to.have.length(2);
  });

  it('does not take a disk that does not answer for one that has room again', async () => {
    bench.disk.free = 0;
    expect(await bench.lookAndTell()).to.have.length(1);
    bench.disk.failure = transient('disk.failed', 'the disk does not answer');
    expect(await bench.lookAndTell()).to.have.length(1);
    expect(bench.log.lines.filter(({ message }) => message === 'looking for trouble failed')).to.have.length(1);
  });

  it('says that a case has made no progress for two hours, once, and again if it moves and stops anew', async () => {
    await bench.clock.advance(119 * MINUTE);
    expect(await bench.lookAndTell()).to.deep.equal([]);
    await bench.clock.advance(MINUTE);
    expect(await bench.lookAndTell()).to.deep.equal(['MQI: case c1 makes no progress']);
    expect(await bench.lookAndTell()).to.have.length(1);
    bench.tables.cases.set('c1', { ...bench.tables.cases.get('c1')!, updatedAt: bench.clock.now() });
    expect(await bench.lookAndTell()).to.have.length(1);
    await bench.clock.advance(120 * MINUTE);
    expect(await bench.lookAndTell()).to.have.length(2);
  });
});

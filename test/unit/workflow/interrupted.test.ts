import { expect } from 'chai';
import { beamsToReopen } from '../../../src/workflow/retry-plan.js';
import { EndCancelledBeams } from '../../../src/workflow/repairs/end-cancelled-beams.js';
import { FolderSpelling } from '../../../src/workflow/folder-spelling.js';
import { OperatorControl } from '../../../src/workflow/operator-control.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { transient } from '../../../src/domain/errors.js';
import { FakeCaseControl } from '../../fakes/fake-case-control.js';
import { FakeInboxes } from '../../fakes/fake-inboxes.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeNudge } from '../../fakes/fake-nudge.js';
import { FakeReceiptStore } from '../../fakes/fake-receipt-store.js';
import { until } from '../../until.js';
import { SimulationBench, someBeams } from './simulation-bench.js';

/** Found by the model (test/property/workflow-model.test.ts), each by its own name. */
describe('what is interrupted between two writes', () => {
  let bench: SimulationBench;
  let receipts: FakeReceiptStore;
  let inboxes: FakeInboxes;

  beforeEach(() => {
    bench = new SimulationBench(someBeams(1));
    receipts = new FakeReceiptStore(bench.tables);
    inboxes = new FakeInboxes();
  });
  const control = (): OperatorControl =>
    new OperatorControl(
      bench.cases,
      bench.beams,
      receipts,
      bench.scheduler,
      inboxes,
      bench.folders,
      bench.clock,
      new FakeNudge(),
      new FakeLogger(),
      new FolderSpelling(bench.cases, inboxes),
    );

  it('a job whose submission was answered by an error, but which runs, is followed and not started again', async () => {
    const submit = bench.scheduler.submit.bind(bench.scheduler);
    bench.scheduler.submit = async (request) => {
      await submit(request);
      throw transient('host.connection-lost', 'the answer was lost');
    };
    const done = bench.run();
    await until('its job runs', () => bench.beam(1).state === 'submitted');
    bench.scheduler.end(bench.folder(1), { how: 'exited', code: 0 });
    expect(await done).to.deep.equal({ do: 'advance' });
    expect([...bench.scheduler.jobs.keys()]).to.deep.equal([bench.folder(1)]);
  });

  it('a job that starts while its beam is being cancelled is ended', async () => {
    const submit = bench.scheduler.submit.bind(bench.scheduler);
    bench.scheduler.submit = async (request) => {
      const at = bench.clock.now();
      await bench.beams.move(bench.beam(1), { event: 'cancel', at, outcome: 'cancelled' });
      return submit(request);
    };
    await bench.run().catch(() => undefined);
    expect(bench.scheduler.running).to.deep.equal([]);
    expect(bench.scheduler.killed).to.deep.equal([bench.folder(1)]);
  });

  it('a retry of a held case whose step still runs gives up its lease, so that the case goes on', async () => {
    const held = { ...bench.kase, heldBecause: 'wait', leaseOwner: 'service-1', leasedUntil: 1 };
    bench.tables.cases.set('c1', held);
    const after = await control().retry('c1', { from: 'validate' }, 'cli:test');
    expect(after).to.include({ state: 'registered', leaseOwner: null, leasedUntil: null, heldBecause: null });
  });

  it('a retry that is refused because somebody was first changes no beam', async () => {
    bench.tables.cases.set('c1', { ...bench.kase, state: 'failed', endedFrom: 'interpreted', leaseOwner: null });
    bench.tables.beams.set('c1/1', { ...bench.beam(1), state: 'failed' });
    const commit = bench.cases.commit.bind(bench.cases);
    bench.cases.commit = async (kase, change) => {
      bench.tables.cases.set('c1', { ...kase, version: kase.version + 1 });
      return commit(kase, change);
    };
    const refused = await control()
      .retry('c1', {}, 'cli:test')
      .catch((thrown: unknown) => thrown);
    expect(refused).to.have.property('code', 'case.lost-race');
    expect(bench.beam(1).state).to.equal('failed');
  });

  it('an object that was sent without an answer may have arrived: to calculate again is a new run', async () => {
    bench.tables.cases.set('c1', { ...bench.kase, state: 'failed', endedFrom: 'assembled', leaseOwner: null });
    inboxes.of().watcher.drop(bench.kase.folder);
    await receipts.record(aReceipt({ caseId: 'c1', status: 'pending' }));
    const again = await control().retry('c1', { from: 'simulate' }, 'cli:test');
    expect(again).to.include({ run: 2, state: 'registered' });
  });

  it('a retry from validation ends the jobs of all beams, for their rows are made anew', () => {
    const beams = someBeams(1, 2, 3);
    expect(beamsToReopen(beams, 'registered', { from: 'validate', beamNumber: 3 })).to.deep.equal(beams);
    expect(beamsToReopen(beams, 'interpreted', { beamNumber: 3 })).to.deep.equal([beams[2]]);
  });

  it('a cancel whose process died is gone through with by the service', async () => {
    bench.tables.cases.set('c1', aCase({ id: 'c1', state: 'cancelled' }));
    bench.tables.beams.set('c1/1', aBeam({ caseId: 'c1', state: 'submitted', attempt: 1 }));
    const asked = new FakeCaseControl(bench.tables);
    const cancelled: string[] = [];
    asked.cancel = (id) => {
      cancelled.push(id);
      return Promise.resolve(bench.kase);
    };
    expect(await new EndCancelledBeams(bench.beams, asked, new FakeLogger()).repair()).to.equal(1);
    expect(cancelled).to.deep.equal(['c1']);
  });
});

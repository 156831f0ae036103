import { expect } from 'chai';
import sinon from 'sinon';
import { ServiceIdentity } from '../../../src/workflow/service-identity.js';
import { WorkflowManager } from '../../../src/workflow/workflow-manager.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { STEP_NAMES, type StepName } from '../../../src/domain/case-machine.js';
import type { Case } from '../../../src/domain/case.js';
import { input, operator, permanent, transient } from '../../../src/domain/errors.js';
import type { Step, StepContext, StepOutcome } from '../../../src/ports/step.js';
import { aCase } from '../../builders/a-case.js';
import { someSettings } from '../../builders/some-settings.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { until } from '../../until.js';

type Work = (kase: Case, context: StepContext) => Promise<StepOutcome>;

/** Steps that advance at once, except those given. */
function stepsOf(special: Partial<Record<StepName, Work>>): { steps: Step[]; ran: StepName[] } {
  const ran: StepName[] = [];
  const steps = STEP_NAMES.map((name) => ({
    name,
    run: (kase: Case, context: StepContext): Promise<StepOutcome> => {
      ran.push(name);
      return special[name]?.(kase, context) ?? Promise.resolve({ do: 'advance' });
    },
  }));
  return { steps, ran };
}

/** Resolves only when the step is told to let go. */
const forEver: Work = (_kase, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('let go'));
    });
  });

describe('the workflow manager', () => {
  const prioritise = sinon.spy();
  const slots = { prioritise, forget: () => undefined } as unknown as Slots;

  const cases = { store: new FakeCaseStore() };
  let clock: FakeClock;
  let log: FakeLogger;
  let stop: AbortController;
  let running: Promise<void> = Promise.resolve();
  let nudge: () => void;

  function start(special: Partial<Record<StepName, Work>> = {}): { manager: WorkflowManager; ran: StepName[] } {
    const { steps, ran } = stepsOf(special);
    const manager = new WorkflowManager(cases.store, steps, clock, log, someSettings(), new ServiceIdentity(), slots);
    running = manager.run(stop.signal);
    nudge = () => {
      manager.nudge();
    };
    return { manager, ran };
  }

  /** A registered case in the store. */
  async function drop(change: Partial<Case> = {}): Promise<string> {
    const { id, folder, fingerprint } = aCase();
    await cases.store.register({
      id,
      inbox: '',
      folder,
      fingerprint,
      priority: change.priority ?? 0,
      at: clock.now(),
      actor: 'test',
    });
    nudge();
    return id;
  }

  const row = async (id: string): Promise<Case> => {
    const kase = await cases.store.get(id);
    if (kase === null) throw new Error(`no case ${id}`);
    return kase;
  };

  beforeEach(() => {
    cases.store = new FakeCaseStore();
    clock = new FakeClock();
    log = new FakeLogger();
    stop = new AbortController();
    nudge = () => undefined;
  });

  afterEach(async () => {
    stop.abort(new Error('the test ends'));
    await clock.advance(11_000); // a step that hangs gets some time to let go
    await running;
    expect(cases.store.rows.filter(({ leaseOwner }) => leaseOwner !== null)).to.deep.equal([]);
  });

  it('leads a case through every step, in order, each once', async () => {
    const id = await drop();
    const { ran } = start();
    await until('the case is completed', async () => (await row(id)).state === 'completed');
    expect(ran).to.deep.equal(STEP_NAMES);
    const moves = (await cases.store.transitionsOf(id)).map(({ to }) => to);
    expect(moves).to.deep.equal(['registered', 'validated', 'interpreted', 'simulated', 'assembled', 'completed']);
    const attempts = await cases.store.attemptsOf(id);
    expect(attempts.map(({ step, outcome }) => `${step} ${outcome ?? 'open'}`)).to.deep.equal(
      STEP_NAMES.map((step) => `${step} done`),
    );
    expect((await row(id)).progress).to.equal(100);
    expect((await row(id)).finishedAt).to.equal(clock.now());
  });

  it('takes a case that is dropped while it sleeps as soon as it is nudged', async () => {
    const { manager } = start();
    await until('the manager sleeps', () => clock.sleeping >= 2);
    const id = await drop();
    manager.nudge();
    await until('the case is completed', async () => (await row(id)).state === 'completed');
  });

  it('tries a transient failure again after its delay and keeps count of it', async () => {
    let failures = 0;
    const { ran } = start({
      interpret: () => {
        failures += 1;
        return failures < 3
          ? Promise.reject(transient('interpreter.lost', 'it was lost'))
          : Promise.resolve({ do: 'advance' });
      },
    });
    const id = await drop();
    await clock.advance(2_000);
    const waiting = await row(id);
    expect(waiting).to.include({ state: 'validated', attempt: 1, leaseOwner: null });
    expect(waiting.error?.code).to.equal('interpreter.lost');
    expect(waiting.notBefore).to.be.within(clock.now() + 500, clock.now() + 5_000);
    await clock.advance(60_000);
    expect(await row(id)).to.include({ state: 'completed', attempt: 0, error: null });
    expect(ran.filter((step) => step === 'interpret')).to.have.length(3);
  });

  it('fails a case whose retries are used up, and remembers where it stood', async () => {
    const { ran } = start({ upload: () => Promise.reject(transient('upload.unavailable', 'down')) });
    const id = await drop();
    await clock.advance(3_600_000);
    expect(await row(id)).to.include({ state: 'failed', endedFrom: 'assembled' });
    expect(ran.filter((step) => step === 'upload')).to.have.length(4);
  });

  it('rejects wrong input and fails what is permanent without trying again', async () => {
    start({
      validate: (kase) => Promise.reject(kase.priority > 0 ? permanent('x.bad', 'bad') : input('plan.none', 'no plan')),
    });
    const wrong = await drop();
    const broken = await drop({ priority: 1 });
    await clock.advance(6_000);
    expect(await row(wrong)).to.include({ state: 'rejected', endedFrom: 'registered' });
    expect(await row(broken)).to.include({ state: 'failed' });
    expect((await row(wrong)).error).to.include({ code: 'plan.none', severity: 'input' });
  });

  it('holds a case that needs a person, with the remedy, and leaves it alone', async () => {
    const { ran } = start({
      assemble: () => Promise.reject(operator('disk.full', 'the disk is full', { remedy: 'free some space' })),
    });
    const id = await drop();
    await clock.advance(3_600_000);
    const held = await row(id);
    expect(held.state).to.equal('simulated');
    expect(held.heldBecause).to.equal('the disk is full; free some space');
    expect(ran.filter((step) => step === 'assemble')).to.have.length(1);
    expect(log.messages('error')).to.deep.equal(['step failed']);
  });

  it('lets a case wait for what is missing without counting a failure', async () => {
    let complete = false;
    start({
      validate: () =>
        Promise.resolve(
          complete
            ? { do: 'advance' }
            : { do: 'wait', waitingFor: '10 of 177 slices', lookAgainAt: clock.now() + 30_000 },
        ),
    });
    const id = await drop();
    await clock.advance(10_000);
    expect(await row(id)).to.include({ state: 'registered', waitingFor: '10 of 177 slices', attempt: 0, error: null });
    complete = true;
    await clock.advance(31_000);
    expect(await row(id)).to.include({ state: 'completed', waitingFor: null });
  });

  it('drops the outcome of a step whose case an operator cancelled, and tells the step to let go', async () => {
    const { manager } = start({ simulate: forEver });
    const id = await drop();
    await until(
      'it simulates',
      async () => (await row(id)).state === 'interpreted' && (await row(id)).leaseOwner !== null,
    );
    const change = { state: 'cancelled', leaseOwner: null, leasedUntil: null } as const;
    const transition = { event: 'cancel', to: 'cancelled', reason: null, actor: 'cli:test' } as const;
    await cases.store.commit(await row(id), { change, transition, at: clock.now() });
    await manager.reconcile();
    await until('the step has let go', () => manager.active === 0);
    expect((await row(id)).state).to.equal('cancelled');
  });

  it('applies an outcome also when an operator touched the row meanwhile', async () => {
    let finish: () => void = () => undefined;
    start({
      validate: () =>
        new Promise((resolve) => {
          finish = () => {
            resolve({ do: 'advance', facts: { planLabel: 'A' } });
          };
        }),
    });
    const id = await drop();
    await until('it is being validated', async () => (await row(id)).leaseOwner !== null);
    const transition = { event: 'priority', to: 'registered', reason: '9', actor: 'cli:test' } as const;
    await cases.store.commit(await row(id), { change: { priority: 9 }, transition, at: clock.now() });
    finish();
    await until('the case is completed', async () => (await row(id)).state === 'completed');
    expect(await row(id)).to.include({ priority: 9, planLabel: 'A' });
  });

  it('tells a running step that its case is held, and starts no other', async () => {
    let heard: (() => boolean) | null = null;
    const { manager, ran } = start({
      simulate: (kase, context) => {
        heard = context.held;
        return forEver(kase, context);
      },
    });
    const id = await drop();
    await until('it simulates', () => heard !== null);
    await cases.store.commit(await row(id), { change: { heldBecause: 'wait for QA', priority: 7 }, at: clock.now() });
    await manager.reconcile();
    expect(prioritise.calledWith(id, 7), 'its queued beams move with its priority').to.equal(true);
    expect((heard as unknown as () => boolean)()).to.equal(true);
    expect(ran.at(-1)).to.equal('simulate');
  });

  it('frees the lease when the service stops, without counting a failure', async () => {
    start({ simulate: forEver });
    const id = await drop();
    await until(
      'it simulates',
      async () => (await row(id)).state === 'interpreted' && (await row(id)).leaseOwner !== null,
    );
    stop.abort(new Error('SIGTERM'));
    await running;
    expect(await row(id)).to.include({ state: 'interpreted', leaseOwner: null, attempt: 0, error: null });
    expect((await cases.store.attemptsOf(id)).at(-1)?.outcome).to.equal('stopped');
  });

  it('does not claim what it is running itself when the clock jumps ahead by an hour', async () => {
    const { ran } = start({ simulate: forEver });
    const id = await drop();
    await until(
      'it simulates',
      async () => (await row(id)).state === 'interpreted' && (await row(id)).leaseOwner !== null,
    );
    clock.setNow(clock.now() + 3_600_000);
    await clock.advance(20_000);
    expect(ran.filter((step) => step === 'simulate')).to.have.length(1);
    expect((await row(id)).leaseOwner).not.to.equal(null);
  });

  it('writes an outcome as soon as the database takes it again', async () => {
    start();
    const commit = cases.store.commit.bind(cases.store);
    let refusals = 3;
    cases.store.commit = (kase, change) => {
      refusals -= 1;
      return refusals >= 0 ? Promise.reject(operator('disk.full', 'full')) : commit(kase, change);
    };
    const id = await drop();
    await clock.advance(30_000);
    expect((await row(id)).state).to.equal('completed');
  });
});

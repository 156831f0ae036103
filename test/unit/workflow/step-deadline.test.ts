import { expect } from 'chai';
import sinon from 'sinon';
import { ServiceIdentity } from '../../../src/workflow/service-identity.js';
import { WorkflowManager } from '../../../src/workflow/workflow-manager.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { STEP_NAMES, type StepName } from '../../../src/domain/case-machine.js';
import type { Case } from '../../../src/domain/case.js';
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

describe('a step that hangs', () => {
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

  const hung: Work = () => new Promise(() => undefined);
  const minute = 60_000;

  it('says so when its time is up, lets go of it, and tries the case again', async () => {
    let hangs = true;
    const { manager } = start({
      upload: (_kase, _context) => (hangs ? hung(_kase, _context) : Promise.resolve({ do: 'advance' })),
    });
    const id = await drop();
    await clock.advance(59 * minute);
    expect(manager.runs(id)).to.equal(true);
    hangs = false;
    await clock.advance(2 * minute);
    expect(log.messages('error')).to.deep.equal(['step hangs']);
    expect(await row(id)).to.include({ state: 'completed' });
    const outcomes = (await cases.store.attemptsOf(id)).filter(({ step }) => step === 'upload');
    expect(outcomes.map(({ outcome, error }) => [outcome, error?.code])).to.deep.equal([
      ['retried', 'step.timeout'],
      ['done', undefined],
    ]);
  });

  it('has room for other cases again, though the step never ends', async () => {
    let dropped = 0;
    start({
      assemble: (kase, context) => (kase.priority > 0 ? hung(kase, context) : Promise.resolve({ do: 'advance' })),
    });
    for (; dropped < 2; dropped++) await drop({ priority: 5 });
    const id = await drop();
    await clock.advance(19 * minute);
    expect((await row(id)).state, 'both places are taken by steps that hang').to.equal('simulated');
    await clock.advance(2 * minute);
    expect((await row(id)).state).to.equal('completed');
  });

  it('drops what the step brings after it was left to itself', async () => {
    let finish: () => void = () => undefined;
    let first = true;
    start({
      interpret: (kase, context) => {
        if (!first) return forEver(kase, context);
        first = false;
        return new Promise((resolve) => {
          finish = () => {
            resolve({ do: 'advance', facts: { planLabel: 'too late' } });
          };
        });
      },
    });
    const id = await drop();
    await clock.advance(97 * minute);
    finish();
    await clock.advance(1_000);
    expect(await row(id)).to.include({ state: 'validated', planLabel: null, attempt: 1 });
  });

  it('stops in time though a step does not let go', async () => {
    start({ upload: hung });
    const id = await drop();
    await until(
      'it is being delivered',
      async () => (await row(id)).state === 'assembled' && (await row(id)).leaseOwner !== null,
    );
    stop.abort(new Error('SIGTERM'));
    await clock.advance(11_000);
    await running;
    expect(await row(id)).to.include({ state: 'assembled', leaseOwner: null });
  });

  it('lets a dose calculation take as long as it needs', async () => {
    const { manager } = start({ simulate: forEver });
    const id = await drop();
    await clock.advance(300 * minute);
    expect(manager.runs(id)).to.equal(true);
    expect(log.messages('error')).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import type { Case } from '../../../src/domain/case.js';
import { STEP_NAMES } from '../../../src/domain/case-machine.js';
import { transient } from '../../../src/domain/errors.js';
import { longestDelay, remainingMs } from '../../../src/domain/retry.js';
import type { Step, StepContext, StepOutcome } from '../../../src/ports/step.js';
import { ServiceIdentity } from '../../../src/workflow/service-identity.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { WorkflowManager } from '../../../src/workflow/workflow-manager.js';
import { aCase } from '../../builders/a-case.js';
import { someSettings } from '../../builders/some-settings.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { until } from '../../until.js';

const HOUR_MS = 3_600_000;

type Work = (kase: Case, context: StepContext) => Promise<StepOutcome>;

describe('leases and clocks', () => {
  let clock: FakeClock;
  let tables: FakeTables;
  let cases: FakeCaseStore;
  let stop: AbortController;
  let running: Promise<void>;

  /** A manager whose validation does `work` and whose other steps advance at once. */
  function start(work: Work): WorkflowManager {
    const steps = STEP_NAMES.map((name): Step => {
      const run: Work = name === 'validate' ? work : () => Promise.resolve({ do: 'advance' });
      return { name, run };
    });
    const slots = { prioritise: () => undefined, forget: () => undefined } as unknown as Slots;
    const identity = new ServiceIdentity();
    const manager = new WorkflowManager(cases, steps, clock, new FakeLogger(), someSettings(), identity, slots);
    running = manager.run(stop.signal);
    return manager;
  }

  const row = (): Case => tables.cases.get('c1')!;
  const write = (change: Partial<Case>): Case => {
    const next = { ...row(), ...change, version: row().version + 1 };
    tables.cases.set('c1', next);
    return next;
  };

  beforeEach(() => {
    clock = new FakeClock();
    tables = new FakeTables({ cases: [aCase({ id: 'c1', createdAt: clock.now() })] });
    cases = new FakeCaseStore(tables);
    stop = new AbortController();
    running = Promise.resolve();
  });
  afterEach(async () => {
    stop.abort(new Error('the test ends'));
    await clock.advance(60_000);
    await running;
  });

  it('a clock set back by an hour delays a retry of seconds by seconds', async () => {
    let tries = 0;
    start(() => {
      tries += 1;
      return tries === 1 ? Promise.reject(transient('x', 'x')) : Promise.resolve({ do: 'advance' });
    });
    await clock.advance(1_000);
    expect(row()).to.include({ state: 'registered', attempt: 1 });
    clock.setNow(clock.now() - HOUR_MS);
    await clock.advance(10_000);
    expect(row().state).to.equal('completed');
  });

  it('a clock set ahead by an hour brings a retry forward once, and does not let retries storm', async () => {
    const at: number[] = [];
    start(() => {
      at.push(clock.monotonicMs());
      return Promise.reject(transient('x', 'x'));
    });
    await clock.advance(1_000);
    clock.setNow(clock.now() + HOUR_MS);
    await clock.advance(1_000_000);
    expect(row().state).to.equal('failed');
    expect(at).to.have.lengthOf(4);
    const gaps = at.slice(2).map((ms, i) => ms - at[i + 1]!);
    expect(Math.min(...gaps), 'the delays after the jump are the usual ones').to.be.at.least(5_000);
  });

  it('a clock that jumps to and fro neither takes a running step away nor starts it twice', async () => {
    let starts = 0;
    let finish: () => void = () => undefined;
    start(() => {
      starts += 1;
      return new Promise((resolve) => {
        finish = () => {
          resolve({ do: 'advance' });
        };
      });
    });
    for (const hours of [1, -1, -1, 1]) {
      await clock.advance(15_000);
      clock.setNow(clock.now() + hours * HOUR_MS);
    }
    await clock.advance(15_000);
    expect(starts).to.equal(1);
    finish();
    await until('it is completed', () => row().state === 'completed');
  });

  it('no wait is longer than the longest delay, whatever the clock says', () => {
    const longest = longestDelay({ maxRetries: 3, baseMs: 5_000, capMs: 600_000 });
    expect(longest).to.equal(600_000);
    expect(remainingMs(null, 5, longest)).to.equal(0);
    expect(remainingMs(4, 5, longest)).to.equal(0);
    expect(remainingMs(5_005, 5, longest)).to.equal(5_000);
    expect(remainingMs(HOUR_MS + 5_005, 5, longest)).to.equal(0);
  });

  it('a claim whose answer was lost does not hold its case for ever', async () => {
    const claimDue = cases.claimDue.bind(cases);
    let lost = 1;
    cases.claimDue = async (request) => {
      const claims = await claimDue(request);
      if (claims.length === 0 || lost === 0) return claims;
      lost -= 1;
      throw transient('database.unreachable', 'the connection was cut');
    };
    start(() => Promise.resolve({ do: 'advance' }));
    await clock.advance(5_000);
    expect(row().leaseOwner).not.to.equal(null);
    await clock.advance(20_000);
    expect(row().state).to.equal('completed');
  });

  it('a case set going anew while its old step still runs starts when that has let go, and its old outcome is dropped', async () => {
    const events: string[] = [];
    let letGo: () => void = () => undefined;
    start((_kase, { signal }) => {
      const turn = events.length === 0 ? 'first' : 'second';
      events.push(`${turn} starts`);
      if (turn === 'second') return Promise.resolve({ do: 'advance', facts: { planLabel: 'second' } });
      signal.addEventListener('abort', () => events.push('first is told'));
      return new Promise((resolve) => {
        letGo = () => {
          events.push('first ends');
          resolve({ do: 'advance', facts: { planLabel: 'first' } });
        };
      });
    });
    await clock.advance(1_000);
    // As cancel and retry leave it, both from another process, before we hear of the first.
    write({ leaseOwner: null, leasedUntil: null });
    await clock.advance(10_000);
    expect(events).to.deep.equal(['first starts', 'first is told']);
    letGo();
    await clock.advance(1_000);
    expect(events).to.deep.equal(['first starts', 'first is told', 'first ends', 'second starts']);
    expect(row()).to.include({ state: 'completed', planLabel: 'second', leaseOwner: null });
  });

  it('a hold through the web page, which no other process writes, reaches the running step', async () => {
    let held: () => boolean = () => false;
    const manager = start((_kase, context) => {
      held = context.held;
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => {
          reject(new Error('let go'));
        });
      });
    });
    await clock.advance(1_000);
    await cases.commit(row(), { change: { heldBecause: 'wait for QA' }, at: clock.now() });
    manager.nudge('c1');
    await until('it has heard', () => held());
  });
});

import { expect } from 'chai';
import { input } from '../../../../src/domain/errors.js';
import type { Step, StepContext, StepOutcome } from '../../../../src/ports/step.js';
import { ShareFirstStep } from '../../../../src/workflow/steps/share-first.js';
import { aCase } from '../../../builders/a-case.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeInboxGuard } from '../../../fakes/fake-inbox-guard.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { rejection } from '../../../rejection.js';

describe('a step that reads the inbox while the share goes away', () => {
  let clock: FakeClock;
  let guard: FakeInboxGuard;
  let stop: AbortController;
  let runs: number;

  beforeEach(() => {
    clock = new FakeClock();
    guard = new FakeInboxGuard();
    stop = new AbortController();
    runs = 0;
  });
  const context = (): StepContext => ({ signal: stop.signal, log: new FakeLogger(), held: () => false });
  const aStep = (run: () => Promise<StepOutcome>): Step => {
    const inner: Step = {
      name: 'validate',
      run: () => {
        runs += 1;
        return run();
      },
    };
    return new ShareFirstStep(inner, { guardOf: () => guard }, clock, 60);
  };
  const advance = (): Promise<StepOutcome> => Promise.resolve({ do: 'advance' });

  it('names the inbox in what the case waits for, where it has a name', async () => {
    guard.lose();
    const outcome = await aStep(advance).run(aCase({ inbox: 'research' }), context());
    expect(outcome)
      .to.have.property('waitingFor')
      .that.matches(/^the share of inbox research: lost since /);
    expect(runs).to.equal(0);
  });

  it('runs as ever while the share is there', async () => {
    expect(await aStep(advance).run(aCase(), context())).to.deep.equal({ do: 'advance' });
    const failing = aStep(() => Promise.reject(input('plan.missing', 'no plan')));
    expect(await rejection(failing.run(aCase(), context()))).to.have.property('code', 'plan.missing');
  });

  it('is told how long the share was away', async () => {
    guard.lostMs = 5_000;
    const inner: Step = {
      name: 'validate',
      run: (_, { inboxLostMs }) =>
        Promise.resolve({ do: 'wait', waitingFor: 'CT', lookAgainAt: inboxLostMs?.(0) ?? 0 }),
    };
    const outcome = await new ShareFirstStep(inner, { guardOf: () => guard }, clock, 60).run(aCase(), context());
    expect(outcome).to.have.property('lookAgainAt', 5_000);
  });

  it('is not begun while the share is lost, and says since when and why', async () => {
    guard.lose(Date.UTC(2026, 0, 2, 3, 4, 5));
    expect(await aStep(advance).run(aCase(), context())).to.deep.equal({
      do: 'wait',
      waitingFor: 'the share: lost since 2026-01-02T03:04:05.000Z (it cannot be listed (EIO))',
      lookAgainAt: clock.now() + 60_000,
    });
    expect(runs).to.equal(0);
    guard.bringBack();
    expect(await aStep(advance).run(aCase(), context())).to.have.property('do', 'advance');
  });

  it('is not believed when the share was lost while it ran, neither its success nor its refusal', async () => {
    const step = aStep(() => {
      guard.lose();
      return advance();
    });
    expect(await step.run(aCase(), context())).to.have.property('do', 'wait');
    guard.bringBack();
    const refusing = aStep(() => {
      guard.lose();
      return Promise.reject(input('intake.folder-gone', 'gone'));
    });
    expect(await refusing.run(aCase(), context())).to.have.property('do', 'wait');
  });

  it('runs again when the share went away and came back while it ran', async () => {
    const step = aStep(() => {
      guard.lose();
      guard.bringBack();
      return Promise.reject(input('ct.missing', 'no CT'));
    });
    expect(await step.run(aCase(), context())).to.deep.include({
      do: 'wait',
      waitingFor: 'the share: it went away and came back while it was read',
    });
  });

  it('lets go when the service stops, share or no share', async () => {
    const step = aStep(() => {
      guard.lose();
      stop.abort();
      return Promise.reject(new Error('stopped'));
    });
    expect(await rejection(step.run(aCase(), context()))).to.have.property('message', 'stopped');
  });
});

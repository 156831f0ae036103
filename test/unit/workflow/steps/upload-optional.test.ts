import { once } from 'node:events';
import { expect } from 'chai';
import type { Case } from '../../../../src/domain/case.js';
import { transient } from '../../../../src/domain/errors.js';
import type { StepOutcome } from '../../../../src/ports/step.js';
import { FakeNudge } from '../../../fakes/fake-nudge.js';
import { FakeUploadTarget } from '../../../fakes/fake-upload-target.js';
import { tempFolder } from '../../../temp-folder.js';
import { until } from '../../../until.js';
import { UploadBench } from './upload-bench.js';

/** Answers nothing until it is told to; a sender that is told to let go is let go. */
class SilentTarget extends FakeUploadTarget {
  begun = 0;
  letGo = 0;
  readonly #answered = new AbortController();

  constructor() {
    super('archive', true);
  }

  answer(): void {
    this.#answered.abort();
  }

  override async deliver(...args: Parameters<FakeUploadTarget['deliver']>): ReturnType<FakeUploadTarget['deliver']> {
    this.begun += 1;
    const either = AbortSignal.any([args[2], this.#answered.signal]);
    if (!either.aborted) await once(either, 'abort');
    if (args[2].aborted) this.letGo += 1;
    return super.deliver(...args);
  }
}

describe('an optional target that does not answer', () => {
  const temp = tempFolder();
  let bench: UploadBench;
  let silent: SilentTarget;
  let parts: ReturnType<UploadBench['parts']>;

  beforeEach(async () => {
    bench = await UploadBench.in(temp.path);
    silent = new SilentTarget();
    parts = bench.parts([bench.outbox, silent]);
  });

  /** The step, when all that is not optional has been done and a while has passed. */
  const run = async (): Promise<StepOutcome> => {
    const { stop, log, clock, kase } = bench;
    const running = parts.step.run(kase, { signal: stop.signal, log, held: () => bench.held });
    await until('the step waits a while', () => clock.sleeping > 0);
    await clock.advance(2_000);
    return running;
  };
  const now = (change: Partial<Case>): void => {
    bench.cases.tables.cases.set('c1', { ...bench.kase, ...change });
  };

  it('does not keep the case from being completed; its delivery goes on by itself', async () => {
    expect(await run()).to.deep.equal({ do: 'advance' });
    expect(await bench.statuses('archive')).to.deep.equal(['pending']);
    expect(parts.apart.begunBySteps, 'what a service that ends with its cases waits for').to.equal(1);
    now({ state: 'completed' });
    silent.answer();
    await until('it is delivered', () => parts.apart.count === 0);
    expect(await bench.statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
    expect(silent.finished.has('c1')).to.equal(true);
  });

  it('is not sent the same a second time while it has not answered, by the step or by the watch', async () => {
    await run();
    now({ state: 'completed' });
    expect(
      await parts.step.run(bench.kase, { signal: bench.stop.signal, log: bench.log, held: () => false }),
    ).to.include({ do: 'advance' });
    await parts.watchOf(new FakeNudge()).round(bench.stop.signal);
    expect([silent.begun, parts.apart.count]).to.deep.equal([1, 1]);
    silent.answer();
    await until('it is delivered', () => parts.apart.count === 0);
  });

  it('does not keep a case waiting that waits for another target, which is woken for that one alone', async () => {
    bench.outbox.failure = transient('upload.unavailable', 'away');
    expect(await run()).to.include({ do: 'wait', waitingFor: 'target outbox (away)' });
    now({ state: 'assembled', waitingFor: 'target outbox', notBefore: bench.clock.now() + 60_000 });
    const which = { target: 'archive', now: bench.clock.now(), limit: 4, longestAgo: false };
    expect(await bench.uploads.wake({ ...which, except: parts.apart.at('archive') })).to.deep.equal([]);
    silent.answer();
    await until('it is delivered', () => parts.apart.count === 0);
  });

  for (const [what, change] of [
    ['held', { heldBecause: 'look', state: 'assembled' }],
    ['cancelled', { state: 'cancelled' }],
  ] as const) {
    it(`gets nothing more of a case that is ${what} meanwhile`, async () => {
      await run();
      now(change);
      silent.answer();
      await until('it has ended', () => parts.apart.count === 0);
      expect([silent.begun, await bench.statuses('archive')]).to.deep.equal([1, ['delivered']]);
    });
  }

  it('is let go of when the service stops, and what it was sent is asked for by the next', async () => {
    await run();
    await parts.apart.end(new Error('the service stops'));
    expect([silent.letGo, parts.apart.count]).to.deep.equal([1, 0]);
    expect(await bench.statuses('archive')).to.deep.equal(['pending']);
    expect((await bench.uploads.ofCase('c1')).find(({ target }) => target === 'archive')?.state).to.equal('open');
  });
});

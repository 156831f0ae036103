import { expect } from 'chai';
import { toFailure, transient } from '../../../../src/domain/errors.js';
import { traceIdOf } from '../../../../src/workflow/traces/run-spans.js';
import { TraceTeller } from '../../../../src/workflow/traces/trace-teller.js';
import { aCase } from '../../../builders/a-case.js';
import { anAttempt } from '../../../builders/an-attempt.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeRunFeed } from '../../../fakes/fake-run-feed.js';
import { FakeTables } from '../../../fakes/fake-tables.js';
import { FakeTraceExporter } from '../../../fakes/fake-trace-exporter.js';

describe('the traces', () => {
  const bench = (exporter: FakeTraceExporter | null = new FakeTraceExporter()) => {
    const [tables, clock, log] = [new FakeTables(), new FakeClock(), new FakeLogger()];
    const controller = new AbortController();
    const at = clock.now();
    const error = toFailure(transient('engine.crashed', 'the engine crashed'));
    const ended = (change: object) =>
      anAttempt({ startedAt: at - 900, finishedAt: at - 500, outcome: 'done', ...change });
    tables.cases.set('c1', aCase({ id: 'c1', folder: 'DOE^JANE', state: 'interpreted', createdAt: at - 1000 }));
    tables.attempts = [
      ended({ id: 1 }),
      ended({ id: 2, outcome: 'waiting' }),
      ended({
        id: 3,
        step: 'simulate',
        beamNumber: 7,
        attempt: 2,
        outcome: 'retried',
        error,
        host: 'w1',
        resourceId: 'w1/GPU-9',
      }),
    ];
    const start = () => new TraceTeller(exporter, new FakeRunFeed(tables), clock, log).run(controller.signal);
    return { tables, clock, log, controller, ended, start, exporter: exporter ?? new FakeTraceExporter() };
  };

  it('tell each attempt at a step and a beam, with host and GPU, as part of its run, and the run itself once it has ended', async () => {
    const { tables, clock, controller, ended, start, exporter } = bench();
    const running = start();
    await clock.advance(0);
    expect(exporter.spans.map(({ name, failure }) => [name, failure])).to.deep.equal([
      ['validate', null],
      ['beam', 'engine.crashed'],
    ]);
    const [step, beam] = exporter.spans;
    expect(beam?.attributes).to.deep.equal({
      ...{ 'mqi.case_id': 'c1', 'mqi.run': 1, 'mqi.step': 'simulate', 'mqi.beam_number': 7, 'mqi.attempt': 2 },
      ...{ 'mqi.outcome': 'retried', 'mqi.code': 'engine.crashed', 'mqi.host': 'w1', 'mqi.place': 'w1/GPU-9' },
    });
    expect(step?.attributes).not.to.have.any.keys('mqi.host', 'mqi.place', 'mqi.beam_number');
    const done = { ...tables.cases.get('c1')!, state: 'completed', finishedAt: clock.now() } as const;
    tables.cases.set('c1', done);
    tables.attempts.push(ended({ id: 4, step: 'upload', finishedAt: clock.now() }));
    await clock.advance(5_000);
    const run = exporter.spans.at(-1);
    expect(run).to.include({ name: 'run', parentSpanId: null, startedAt: done.createdAt, endedAt: done.finishedAt });
    for (const { traceId, parentSpanId } of exporter.spans.slice(0, -1)) {
      expect({ traceId, parentSpanId }).to.deep.equal({ traceId: traceIdOf('c1', 1), parentSpanId: run?.spanId });
    }
    expect(JSON.stringify(exporter.spans)).not.to.contain('DOE');
    controller.abort();
    await running;
    expect(exporter.closed).to.equal(true);
  });

  it('have the same ids after a restart, so that what is told again is known', async () => {
    const { clock, controller, start, exporter } = bench();
    const running = start();
    await clock.advance(0);
    const again = start();
    await clock.advance(0);
    const ids = exporter.spans.map(({ spanId }) => spanId);
    expect(ids.slice(2)).to.deep.equal(ids.slice(0, 2));
    expect(new Set(ids).size).to.equal(2);
    expect(ids[0]).to.match(/^[0-9a-f]{16}$/);
    controller.abort();
    await Promise.all([running, again]);
  });

  it('wait for a collector that is away, saying so once, and are told when it is back', async () => {
    const { clock, log, controller, start, exporter } = bench();
    exporter.failure = transient('telemetry.unreachable', 'nobody takes them');
    const running = start();
    await clock.advance(60_000);
    expect(log.lines.filter(({ level }) => level === 'warn')).to.have.length(1);
    exporter.failure = null;
    await clock.advance(300_000);
    expect(exporter.spans).to.have.length(2);
    controller.abort();
    await running;
  });

  it('are nobody’s work where no collector is configured', async () => {
    const { start, clock } = bench(null);
    await start();
    expect(clock.sleeping).to.equal(0);
  });
});

import { expect } from 'chai';
import { toFailure, transient } from '../../../src/domain/errors.js';
import type { CaseRecord } from '../../../src/ports/case-queries.js';
import { timelineView } from '../../../src/workflow/timeline-view.js';
import { timelineLayout } from '../../../src/web/page/case/timeline/timeline-layout.js';
import { aCase } from '../../builders/a-case.js';
import { anAttempt } from '../../builders/an-attempt.js';

const T0 = Date.UTC(2026, 10, 26, 8, 0, 0);
const record = (change: Partial<CaseRecord> = {}): CaseRecord => ({
  kase: aCase({ id: 'c1', createdAt: T0, state: 'interpreted' }),
  beamsDone: 0,
  beams: [],
  attempts: [],
  transitions: [],
  receipts: [],
  deliveries: [],
  ...change,
});

describe('the timeline of a case', () => {
  const crashed = toFailure(transient('engine.crashed', 'the engine crashed'));
  const attempts = [
    anAttempt({
      id: 4,
      step: 'simulate',
      beamNumber: 2,
      startedAt: T0 + 5000,
      finishedAt: T0 + 9000,
      outcome: 'retried',
      error: crashed,
    }),
    anAttempt({ id: 5, step: 'simulate', beamNumber: 2, attempt: 2, startedAt: T0 + 12_000 }),
    anAttempt({ id: 3, step: 'simulate', startedAt: T0 + 4000 }),
    anAttempt({ id: 6, step: 'simulate', beamNumber: 0, startedAt: T0 + 4500, finishedAt: T0 + 8000, outcome: 'done' }),
    anAttempt({ id: 1, step: 'validate', startedAt: T0, finishedAt: T0 + 1000, outcome: 'done' }),
  ];

  it('has a lane for each step and each beam, in the order of the work, attempts by time', () => {
    const { lanes } = timelineView(record({ attempts }), T0 + 20_000);
    expect(lanes.map(({ step, beamNumber }) => [step, beamNumber])).to.deep.equal([
      ['validate', null],
      ['simulate', null],
      ['simulate', 0],
      ['simulate', 2],
    ]);
    expect(
      lanes[3]?.attempts.map(({ attempt, outcome, error }) => [attempt, outcome, error?.remedy ?? null]),
    ).to.deep.equal([
      [1, 'retried', crashed.remedy],
      [2, null, null],
    ]);
  });

  it('is the same whenever it is asked for once all is over, so that nobody reads it twice', () => {
    const kase = aCase({ state: 'completed', createdAt: T0, finishedAt: T0 + 7000 });
    const over = record({ kase, attempts: [anAttempt({ startedAt: T0, finishedAt: T0 + 1000, outcome: 'done' })] });
    expect(timelineView(over, T0 + 9000)).to.deep.equal(timelineView(over, T0 + 99_000));
    const runs = record({ kase, attempts: [anAttempt({ startedAt: T0 })] });
    expect(timelineView(runs, T0 + 9000).now).to.equal(new Date(T0 + 9000).toISOString());
  });

  it('has no end while the case is on its way, and the time it ended afterwards', () => {
    expect(timelineView(record(), T0).finishedAt).to.equal(null);
    const kase = aCase({ state: 'completed', finishedAt: T0 + 7000 });
    expect(timelineView(record({ kase }), T0 + 9000).finishedAt).to.equal(new Date(T0 + 7000).toISOString());
  });

  it('is drawn from the beginning to now, what still runs up to now', () => {
    const { rows, endMs } = timelineLayout(timelineView(record({ attempts }), T0 + 20_000), 10);
    expect(endMs).to.equal(T0 + 20_000);
    expect(rows[3]?.bars.map(({ from, to }) => [from, to])).to.deep.equal([
      [0.25, 0.45],
      [0.6, 1],
    ]);
  });

  it('has ticks at whole times of the clock, no more than there is room for', () => {
    const { ticks } = timelineLayout(timelineView(record({ attempts }), T0 + 20_000), 5);
    expect(ticks.map(({ ms }) => (ms - T0) / 1000)).to.deep.equal([0, 5, 10, 15, 20]);
    const week = timelineLayout(timelineView(record(), T0 + 7 * 86_400_000), 8);
    expect(week.ticks.length).to.be.within(3, 9);
  });

  it('marks what people ordered, and not what the service did by itself', () => {
    const move = { caseId: 'c1', from: null, to: 'interpreted', reason: null, at: T0 + 5000 } as const;
    const transitions = [
      { ...move, id: 1, event: 'advance', actor: 'service' },
      { ...move, id: 2, event: 'hold', actor: 'cli:anna', reason: 'ask the planner' },
    ] as const;
    const { marks } = timelineLayout(timelineView(record({ transitions }), T0 + 10_000), 5);
    expect(marks.map(({ at, mark }) => [at, mark.actor, mark.reason])).to.deep.equal([
      [0.5, 'cli:anna', 'ask the planner'],
    ]);
  });

  it('of a case that has just come is a picture too', () => {
    const { rows, endMs, startMs } = timelineLayout(timelineView(record(), T0), 5);
    expect([rows, endMs - startMs]).to.deep.equal([[], 1000]);
  });
});

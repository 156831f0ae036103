import type { Beam } from './beam.js';
import type { Estimator } from './estimate.js';
import type { EpochMs } from './time.js';

/** A beam without dose yet, with what its case says of its turn. */
export interface OpenBeam {
  readonly beam: Beam;
  readonly priority: number;
  readonly createdAt: EpochMs;
}

/** When beams and cases are expected to have their dose; those that nothing can be said of are missing. */
export interface Etas {
  readonly beams: ReadonlyMap<string, EpochMs>;
  readonly cases: ReadonlyMap<string, EpochMs>;
}

/** From so many percent on, a job's own progress says more than beams before it. */
const TELLING_PERCENT = 10;
/** A job that is longer than expected is always about to end. */
const AT_LEAST_MS = 1_000;

/**
 * The queue played forward: running jobs end when their progress, or else the estimate, says; each place that comes free
 * takes the next beam. Retries and a case's own last steps (seconds) are not foreseen.
 * @param places how many jobs run at a time
 */
export function etasOf(open: readonly OpenBeam[], places: number, estimate: Estimator, now: EpochMs): Etas {
  const beams = new Map<string, EpochMs>();
  const running = open.filter(({ beam }) => beam.state === 'submitted');
  for (const { beam } of running) {
    const end = endOfRunning(beam, estimate, now);
    if (end !== null) beams.set(beam.id, end);
  }
  const free = running.map(({ beam }) => beams.get(beam.id) ?? now).sort((a, b) => a - b);
  while (free.length < places) free.unshift(now);
  for (const { beam } of open.filter((one) => one.beam.state === 'executed')) beams.set(beam.id, now + AT_LEAST_MS);
  for (const { beam } of inTurn(open, estimate)) {
    const from = Math.max(free.shift() ?? Infinity, beam.notBefore ?? 0);
    const tookMs = estimate(beam);
    if (tookMs === null || !Number.isFinite(from)) break; // nothing can be said of what comes after either
    beams.set(beam.id, from + tookMs);
    free.push(from + tookMs);
    free.sort((a, b) => a - b);
  }
  return { beams, cases: casesOf(open, beams) };
}

function endOfRunning(beam: Beam, estimate: Estimator, now: EpochMs): EpochMs | null {
  if (beam.startedAt === null) return null;
  const passedMs = Math.max(0, now - beam.startedAt);
  const tookMs = beam.progress >= TELLING_PERCENT ? (passedMs * 100) / beam.progress : estimate(beam);
  return tookMs === null ? null : Math.round(Math.max(beam.startedAt + tookMs, now + AT_LEAST_MS));
}

function inTurn(open: readonly OpenBeam[], estimate: Estimator): readonly OpenBeam[] {
  return open
    .filter(({ beam }) => beam.state === 'pending')
    .sort(
      (a, b) =>
        b.priority - a.priority ||
        a.createdAt - b.createdAt ||
        a.beam.caseId.localeCompare(b.beam.caseId) ||
        (estimate(b.beam) ?? 0) - (estimate(a.beam) ?? 0) ||
        a.beam.beamNumber - b.beam.beamNumber,
    );
}

/** A case has its dose with its last beam; nothing is said of a case when it is not of one of its beams. */
function casesOf(open: readonly OpenBeam[], beams: ReadonlyMap<string, EpochMs>): ReadonlyMap<string, EpochMs> {
  const last = new Map<string, EpochMs>();
  for (const { beam } of open) {
    const end = beams.get(beam.id) ?? Infinity;
    last.set(beam.caseId, Math.max(last.get(beam.caseId) ?? 0, end));
  }
  return new Map([...last].filter(([, end]) => Number.isFinite(end)));
}

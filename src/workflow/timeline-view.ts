import { isActive, type StepName } from '../domain/case-machine.js';
import type { Attempt } from '../domain/case.js';
import type { Failure } from '../domain/errors.js';
import type { EpochMs } from '../domain/time.js';
import type { CaseRecord } from '../ports/case-queries.js';

/** One try of a step, or of one beam within `simulate`. */
export interface TimelineAttempt {
  readonly attempt: number;
  readonly startedAt: string;
  /** Null while it runs. */
  readonly finishedAt: string | null;
  /** What became of it (domain/case.ts, ATTEMPT_OUTCOMES); null while it runs. */
  readonly outcome: string | null;
  readonly error: Failure | null;
}

export interface TimelineLane {
  readonly step: StepName;
  /** Null for the step as a whole. */
  readonly beamNumber: number | null;
  /** By time. */
  readonly attempts: readonly TimelineAttempt[];
}

/** A recorded move of the case, or what an operator ordered. */
export interface TimelineMark {
  readonly event: string;
  readonly from: string | null;
  readonly to: string;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** `GET /api/cases/:id/timeline`: what was done when, as it is drawn: one lane for each step and for each beam. */
export interface Timeline {
  readonly startedAt: string;
  /** When the case ended; null while it is on its way. */
  readonly finishedAt: string | null;
  /** The service's present time, to which what still runs is drawn; of a case that is over, and nothing runs, when it ended. */
  readonly now: string;
  readonly lanes: readonly TimelineLane[];
  readonly marks: readonly TimelineMark[];
}

/** In the order in which the steps begin; beams below the step that calculates them, by number. */
export function timelineView({ kase, attempts, transitions }: CaseRecord, now: EpochMs): Timeline {
  const lanes = new Map<string, Attempt[]>();
  for (const attempt of [...attempts].sort((a, b) => a.startedAt - b.startedAt || a.id - b.id)) {
    const key = `${attempt.step}/${String(attempt.beamNumber)}`;
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [attempt]);
    else lane.push(attempt);
  }
  const endedAt = isActive(kase.state) ? null : (kase.finishedAt ?? kase.updatedAt);
  const runs = endedAt === null || attempts.some(({ finishedAt }) => finishedAt === null);
  return {
    startedAt: iso(kase.createdAt),
    finishedAt: instant(endedAt),
    now: iso(runs ? now : endedAt),
    lanes: [...lanes.values()].map(laneOf).sort(byStepAndBeam),
    marks: transitions.map(({ event, from, to, reason, actor, at }) => ({
      event,
      from,
      to,
      reason,
      actor,
      at: iso(at),
    })),
  };
}

const ORDER: Readonly<Record<StepName, number>> = { validate: 0, interpret: 1, simulate: 2, assemble: 3, upload: 4 };

function laneOf(attempts: readonly Attempt[]): TimelineLane {
  const [first] = attempts as readonly [Attempt];
  return {
    step: first.step,
    beamNumber: first.beamNumber,
    attempts: attempts.map(({ attempt, startedAt, finishedAt, outcome, error }) => ({
      attempt,
      startedAt: iso(startedAt),
      finishedAt: instant(finishedAt),
      outcome,
      error,
    })),
  };
}

function byStepAndBeam(a: TimelineLane, b: TimelineLane): number {
  return ORDER[a.step] - ORDER[b.step] || (a.beamNumber ?? -1) - (b.beamNumber ?? -1);
}

const iso = (at: EpochMs): string => new Date(at).toISOString();
const instant = (at: EpochMs | null): string | null => (at === null ? null : iso(at));

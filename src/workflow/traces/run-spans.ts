import { createHash } from 'node:crypto';
import type { Attempt, Case } from '../../domain/case.js';
import { isActive } from '../../domain/case-machine.js';
import type { EpochMs } from '../../domain/time.js';
import type { EndedAttempt } from '../../ports/run-feed.js';
import type { TraceSpan } from '../../ports/trace-exporter.js';

const hex = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits);

/** Of a run: derived from case and run, so that it is the same after a restart and can be found by who knows the case. */
export const traceIdOf = (caseId: string, run: number): string => hex(`mqi run ${caseId} ${String(run)}`, 32);

/**
 * An attempt at a step or a beam, and the run itself once it has ended. A look of a step that only waits for data is none:
 * there is one every few seconds. A run that is retried after its end is told again, with its new end.
 */
export function spansOf({ attempt, kase }: EndedAttempt): readonly TraceSpan[] {
  const { outcome, finishedAt, beamNumber } = attempt;
  if (outcome === 'waiting' || finishedAt === null) return [];
  const own = attemptSpan(attempt, finishedAt, kase);
  return isActive(kase.state) || beamNumber !== null ? [own] : [own, runSpan(kase, finishedAt)];
}

function attemptSpan(attempt: Attempt, finishedAt: EpochMs, kase: Case): TraceSpan {
  const { id, step, beamNumber, startedAt, outcome, error, host, resourceId } = attempt;
  const traceId = traceIdOf(kase.id, kase.run);
  return {
    traceId,
    spanId: hex(`mqi attempt ${traceId} ${String(id)}`, 16),
    parentSpanId: runSpanId(traceId),
    name: beamNumber === null ? step : 'beam',
    startedAt,
    endedAt: Math.max(startedAt, finishedAt),
    failure: error?.code ?? null,
    attributes: {
      ...ofCase(kase),
      'mqi.step': step,
      'mqi.attempt': attempt.attempt,
      'mqi.outcome': outcome ?? 'lost',
      ...(beamNumber === null ? {} : { 'mqi.beam_number': beamNumber }),
      ...(host === null ? {} : { 'mqi.host': host }),
      ...(resourceId === null ? {} : { 'mqi.place': resourceId }),
      ...(error === null ? {} : { 'mqi.code': error.code }),
    },
  };
}

function runSpan(kase: Case, finishedAt: EpochMs): TraceSpan {
  const { id, run, state, error, createdAt: startedAt, beamCount } = kase;
  const traceId = traceIdOf(id, run);
  const endedAt = Math.max(startedAt, kase.finishedAt ?? finishedAt);
  return {
    ...{ traceId, spanId: runSpanId(traceId), parentSpanId: null, name: 'run', startedAt, endedAt },
    failure: state === 'completed' ? null : (error?.code ?? state),
    attributes: { ...ofCase(kase), 'mqi.state': state, 'mqi.beams': beamCount },
  };
}

const runSpanId = (traceId: string): string => hex(`mqi run span ${traceId}`, 16);
const ofCase = ({ id, run }: Case) => ({ 'mqi.case_id': id, 'mqi.run': run });

import { createHash } from 'node:crypto';
import { isActive } from '../../domain/case-machine.js';
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
  const { id, step, beamNumber, startedAt, finishedAt, outcome, error } = attempt;
  if (outcome === 'waiting' || finishedAt === null) return [];
  const traceId = traceIdOf(kase.id, kase.run);
  const runSpanId = hex(`mqi run span ${traceId}`, 16);
  const ofCase = { 'mqi.case_id': kase.id, 'mqi.run': kase.run };
  const own: TraceSpan = {
    traceId,
    spanId: hex(`mqi attempt ${traceId} ${String(id)}`, 16),
    parentSpanId: runSpanId,
    name: beamNumber === null ? step : 'beam',
    startedAt,
    endedAt: Math.max(startedAt, finishedAt),
    failure: error?.code ?? null,
    attributes: {
      ...ofCase,
      'mqi.step': step,
      'mqi.attempt': attempt.attempt,
      'mqi.outcome': outcome ?? 'lost',
      ...(beamNumber === null ? {} : { 'mqi.beam_number': beamNumber }),
      ...(error === null ? {} : { 'mqi.code': error.code }),
    },
  };
  if (isActive(kase.state) || beamNumber !== null) return [own];
  const endedAt = Math.max(kase.createdAt, kase.finishedAt ?? finishedAt);
  const run: TraceSpan = {
    ...{ traceId, spanId: runSpanId, parentSpanId: null, name: 'run', startedAt: kase.createdAt, endedAt },
    failure: kase.state === 'completed' ? null : (kase.error?.code ?? kase.state),
    attributes: { ...ofCase, 'mqi.state': kase.state, 'mqi.beams': kase.beamCount },
  };
  return [own, run];
}

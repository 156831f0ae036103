import { z } from 'zod';
import { BEAM_STATES } from '../../domain/beam-machine.js';
import { CASE_STATES, STEP_NAMES } from '../../domain/case-machine.js';
import { SEVERITIES, type Failure } from '../../domain/errors.js';
import type { ArrivalView } from '../../workflow/arrival-view.js';
import type { AttemptView, BeamView, CaseDetailView, CaseView, TransitionView } from '../../workflow/case-view.js';
import type { DeliveredLayers } from '../../workflow/delivered-layers-view.js';
import type { DeliveryView } from '../../workflow/delivery-view.js';
import type { ReceiptView } from '../../domain/receipt-view.js';
import type { Timeline } from '../../workflow/timeline-view.js';
import type { CasesAnswer, SearchAnswer } from '../list-routes.js';

/*
 * What the HTTP interface answers about cases, for the OpenAPI document. The views of the workflow are the source; the
 * compiler holds each of these against its view (`satisfies`), and a test parses real answers with them, which finds a
 * field too many. Nothing is parsed while the service runs.
 */

export const text = z.string();
export const maybeText = text.nullable();
export const number = z.number();
export const maybeNumber = number.nullable();
export const whole = z.int().min(0);
export const maybeWhole = whole.nullable();
export const time = z.iso.datetime();
export const maybeTime = time.nullable();
const percent = number.min(0).max(100);
const inbox = text.meta({ description: 'name of the inbox; empty for the first one' });
const folder = text.meta({ description: 'relative to the inbox; a hash for those who do not see patients' });
const words = text.meta({ description: 'words for people' });
const etaAt = z
  .exactOptional(time)
  .meta({ description: 'when its dose is expected; left out where nothing can be said' });

export const failure = z.strictObject({
  code: text.meta({ description: 'stable; docs/operations.md' }),
  severity: z.enum(SEVERITIES),
  message: text,
  remedy: text,
}) satisfies z.ZodType<Failure>;
export const maybeFailure = failure.nullable();

export const kase = z.strictObject({
  id: text,
  inbox,
  folder,
  run: whole,
  state: z.enum(CASE_STATES),
  status: words,
  progress: percent,
  priority: z.int(),
  planLabel: maybeText,
  planSopInstanceUid: maybeText,
  duplicateOf: maybeText.meta({ description: 'the id of the earlier case that has the same plan' }),
  beamCount: whole,
  beamsDone: whole,
  waitingFor: maybeText,
  attempt: whole,
  nextAttemptAt: maybeTime,
  etaAt,
  error: maybeFailure,
  createdAt: time,
  updatedAt: time,
  finishedAt: maybeTime,
}) satisfies z.ZodType<CaseView>;

export const beam = z.strictObject({
  number: whole,
  name: text,
  state: text,
  progress: percent,
  machine: text,
  gantryAngleDeg: number,
  layers: whole,
  spots: whole,
  meterset: number,
  energyMinMeV: number,
  energyMaxMeV: number,
  gpu: maybeText,
  host: maybeText,
  jobId: maybeText,
  attempt: whole,
  startedAt: maybeTime,
  finishedAt: maybeTime,
  etaAt,
  error: maybeFailure,
  resultPath: maybeText.meta({ description: 'relative to the root' }),
}) satisfies z.ZodType<BeamView>;

export const attempt = z.strictObject({
  step: z.enum(STEP_NAMES),
  beamNumber: maybeWhole,
  attempt: whole,
  owner: text,
  outcome: maybeText,
  startedAt: time,
  finishedAt: maybeTime,
  error: maybeFailure,
}) satisfies z.ZodType<AttemptView>;

export const transition = z.strictObject({
  event: text,
  from: maybeText,
  to: text,
  reason: maybeText,
  actor: text,
  at: time,
}) satisfies z.ZodType<TransitionView>;

export const receipt = z.strictObject({
  target: text,
  sopInstanceUid: text,
  status: text.meta({ description: 'pending, delivered or failed' }),
  location: maybeText,
  sha256: text,
  verifiedBy: maybeText,
  attempts: whole.meta({ description: 'how often it was sent there, or looked for there' }),
  peerSaid: maybeText.meta({ description: 'what the target said of it last' }),
  sentUid: z.exactOptional(text).meta({ description: 'UID at a de-identified target' }),
  at: time,
}) satisfies z.ZodType<ReceiptView>;

export const delivery = z.strictObject({
  fraction: z.int(),
  fractionStatus: text.meta({ description: 'complete, partial, pending or anomalous' }),
  beamNumber: maybeWhole,
  startedAt: text.meta({ description: 'wall clock of the machine, without a zone' }),
  folders: z.array(text).meta({ description: 'relative to the case folder' }),
  layersDelivered: maybeWhole,
  layersPlanned: maybeWhole,
  missingLayers: z.array(whole),
  positionMeanMm: maybeNumber,
  positionSigmaMm: maybeNumber,
  positionMaxMm: maybeNumber,
  metersetPlanned: maybeNumber,
  metersetDelivered: maybeNumber,
  metersetDifferencePercent: maybeNumber,
  problem: maybeText,
}) satisfies z.ZodType<DeliveryView>;

export const caseInFull = kase.extend({
  beams: z.array(beam),
  attempts: z.array(attempt),
  transitions: z.array(transition),
  receipts: z.array(receipt),
  deliveries: z.array(delivery),
  deliveryReport: maybeText.meta({ description: 'planned against delivered by layer, relative to the root' }),
  resultsOf: maybeText.meta({ description: 'the earlier run whose doses and receipts stand for this run' }),
}) satisfies z.ZodType<CaseDetailView>;

export const arrival = z.strictObject({
  inbox,
  folder,
  status: words,
  files: whole,
  bytes: whole,
  lastChangeAt: time,
}) satisfies z.ZodType<ArrivalView>;

const page = {
  cases: z.array(kase),
  total: whole.meta({ description: 'of all that the filter lets through' }),
};
export const cases = z.strictObject({
  ...page,
  arriving: z.exactOptional(z.array(arrival)).meta({ description: 'left out while nothing arrives' }),
}) satisfies z.ZodType<CasesAnswer>;
export const search = z.strictObject({
  ...page,
  offset: whole,
  beams: z
    .record(text, z.array(z.strictObject({ beamNumber: whole, state: z.enum(BEAM_STATES), progress: percent })))
    .meta({ description: 'by case id, of cases whose dose is being calculated' }),
}) satisfies z.ZodType<SearchAnswer>;

export const timeline = z.strictObject({
  startedAt: time,
  finishedAt: maybeTime,
  now: time,
  lanes: z.array(
    z.strictObject({
      step: z.enum(STEP_NAMES),
      beamNumber: maybeWhole,
      attempts: z.array(attempt.omit({ step: true, beamNumber: true, owner: true })),
    }),
  ),
  marks: z.array(transition),
}) satisfies z.ZodType<Timeline>;

const layerDifference = z.strictObject({
  layerNumber: whole,
  energyMeV: number,
  plannedMeterset: number,
  counts: number,
  deliveredMeterset: maybeNumber,
  metersetDifference: maybeNumber,
  position: z.strictObject({ meanMm: number, sigmaMm: number, maxMm: number }).nullable(),
});
export const deliveries = z.strictObject({
  deliveries: z.array(
    z.strictObject({
      fraction: z.int(),
      beamNumber: whole,
      layers: z.array(layerDifference),
      missingLayers: z.array(whole),
    }) satisfies z.ZodType<DeliveredLayers>,
  ),
});

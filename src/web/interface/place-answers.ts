import { z } from 'zod';
import { CASE_STATES } from '../../domain/case-machine.js';
import { ROLES } from '../../domain/role.js';
import { TARGET_STATES } from '../../domain/target-state.js';
import { PLANES_THROUGH, type BeamLayers, type DosePicture, type Raster } from '../../ports/case-pictures.js';
import type { LogPart } from '../../ports/log-reader.js';
import type { HistoryView } from '../../workflow/history-view.js';
import type { OverviewView } from '../../workflow/overview-view.js';
import type { PlaceTrailView } from '../../workflow/place-trail-view.js';
import type { ResourceView } from '../../workflow/resource-view.js';
import type { TargetView } from '../../workflow/target-view.js';
import type { FileView } from '../case-file-routes.js';
import type { Health, Ready } from '../health.js';
import type { SessionView } from '../session/session-routes.js';
import {
  arrival,
  maybeFailure,
  maybeNumber,
  maybeText,
  maybeTime,
  maybeWhole,
  number,
  text,
  time,
  whole,
} from './case-answers.js';

/* As case-answers.ts: places, targets, overview, history, session, and what is drawn of a case. */

export const gpu = z.strictObject({
  id: text,
  host: text,
  kind: z.enum(['gpu', 'cpu']),
  name: text,
  uuid: maybeText,
  index: maybeWhole,
  driver: maybeText,
  memoryTotalMiB: maybeNumber,
  memoryUsedMiB: maybeNumber,
  utilisationPercent: maybeNumber,
  temperatureC: maybeNumber,
  clockMHz: maybeNumber,
  eccErrors: maybeWhole.meta({ description: 'memory errors that could not be corrected' }),
  processes: z.array(z.strictObject({ pid: whole, memoryMiB: maybeNumber })).nullable(),
  strangers: z
    .array(whole)
    .meta({ description: 'pids of programs of others beside a job of ours, where that is known' }),
  outOfService: maybeText.meta({ description: 'why nothing is started on it' }),
  occupied: maybeText.meta({ description: 'why it is not free though no job of ours holds it' }),
  lease: z.strictObject({ caseId: text, beamNumber: whole, attempt: whole }).nullable(),
  seenAt: time,
  beams: z.array(z.strictObject({ caseId: text, beamNumber: whole, progress: number })),
}) satisfies z.ZodType<ResourceView>;
export const gpus = z.strictObject({ gpus: z.array(gpu) });

const series = z.array(maybeNumber);
export const trail = z.strictObject({
  at: z.array(number).meta({ description: 'Unix time in seconds' }),
  places: z.array(
    z.strictObject({ id: text, memoryUsedMiB: series, temperatureC: series, utilisationPercent: series }),
  ),
}) satisfies z.ZodType<PlaceTrailView>;

export const target = z.strictObject({
  name: text,
  kind: text,
  optional: z.boolean(),
  state: z.enum(TARGET_STATES),
  waiting: whole.meta({ description: 'cases that are still to be delivered there' }),
  lastSuccessAt: maybeTime,
  lastFailureAt: maybeTime,
  nextProbeAt: maybeTime.meta({ description: 'when it is tried again, while it is down' }),
  error: maybeFailure,
}) satisfies z.ZodType<TargetView>;
export const targets = z.strictObject({ targets: z.array(target) });

const forecast = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('unknown') }),
    z.strictObject({ kind: z.literal('steady') }),
    z.strictObject({ kind: z.literal('fills'), days: number, bytesPerDay: number }),
  ])
  .meta({ description: 'of the last two weeks; days until only minFreeBytes are left' });

export const overview = z.strictObject({
  byState: z.record(z.enum(CASE_STATES), whole),
  held: whole,
  waiting: whole,
  machines: z.array(text),
  arriving: z.array(arrival),
  inboxes: z.array(
    z.strictObject({
      inbox: text,
      mode: z.enum(['events', 'poll']),
      lostSince: maybeTime,
      lostBecause: maybeText,
      lastSweepAt: maybeTime,
      entries: whole,
      settling: whole,
    }),
  ),
  disk: z.strictObject({ freeBytes: maybeNumber, minFreeBytes: number, problem: maybeText, forecast }),
}) satisfies z.ZodType<OverviewView>;

const day = z.iso.date();
export const history = z.strictObject({
  from: day,
  to: day,
  cases: z.array(z.strictObject({ day, state: text, cases: whole })),
  steps: z.array(z.strictObject({ day, step: text, done: whole, meanSeconds: number, longestSeconds: number })),
  places: z.array(z.strictObject({ day, place: text, beams: whole, busySeconds: number })),
  failures: z.array(z.strictObject({ code: text, tries: whole, cases: whole })),
  completeFrom: maybeTime.meta({ description: 'steps and failures tell of what was from then on only' }),
}) satisfies z.ZodType<HistoryView>;

export const session = z.strictObject({
  user: maybeText.meta({ description: 'null: by the token' }),
  role: z.enum(ROLES),
  csrf: maybeText.meta({ description: 'to be sent as X-CSRF-Token with everything that changes something' }),
  auth: z.enum(['token', 'users', 'proxy', 'none']),
  seesPatient: z.boolean(),
  insecure: z.boolean(),
  version: text,
}) satisfies z.ZodType<SessionView>;

export const files = z.strictObject({
  files: z.array(
    z.strictObject({
      id: text,
      name: text,
      kind: z.enum(['dose', 'input', 'report', 'log']),
      beamNumber: maybeWhole,
      attempt: maybeWhole,
      mediaType: text,
      bytes: whole,
      changedAt: time,
    }) satisfies z.ZodType<FileView>,
  ),
});

export const log = z.strictObject({
  lines: z.array(text),
  next: maybeText.meta({ description: 'for from of the next question; null while there is no such log' }),
  more: z.boolean(),
}) satisfies z.ZodType<LogPart>;

const vector = z.tuple([number, number, number]);
const pair = z.tuple([number, number]);
const raster = z.strictObject({
  columns: whole,
  rows: whole,
  originMm: pair,
  spacingMm: pair,
  values: text.meta({ description: '16-bit little-endian, base64: counts of dose without sign, HU with sign' }),
}) satisfies z.ZodType<Raster>;
const numbers = z.array(number);
export const dose = z.strictObject({
  beamNumber: whole,
  of: z.enum(['beam', 'plan']),
  through: z.enum(PLANES_THROUGH),
  sopInstanceUid: text,
  grid: z.strictObject({ size: vector, spacingMm: vector, originMm: vector }),
  isocentreMm: vector,
  maximumGy: number,
  maximumAtMm: vector,
  isocentreGy: maybeNumber,
  gyPerCount: number,
  depth: z.strictObject({
    startMm: number,
    stepMm: number,
    axisGy: numbers,
    integralGyCm2: numbers,
    waterMm: numbers.nullable(),
    surfaceMm: maybeNumber,
    axisR80Mm: maybeNumber,
    integralR80Mm: maybeNumber,
    axisR80WaterMm: maybeNumber,
  }),
  planes: z.array(
    z.strictObject({
      name: z.enum(['axial', 'sagittal', 'coronal']),
      columnAxis: z.enum(['x', 'y']),
      rowAxis: z.enum(['y', 'z']),
      positionMm: number,
      dose: raster,
      ct: raster.nullable(),
    }),
  ),
}) satisfies z.ZodType<DosePicture>;

export const layers = z.strictObject({
  beamNumber: whole,
  metersetUnit: z.enum(['MU', 'NP']),
  meterset: number,
  layers: z.array(
    z.strictObject({
      layerNumber: whole,
      energyMeV: number,
      paintings: whole,
      meterset: number,
      spots: whole,
      xMm: numbers,
      yMm: numbers,
      spotMeterset: numbers,
    }),
  ),
  spotsLeftOut: z.boolean(),
}) satisfies z.ZodType<BeamLayers>;

export const health = z.strictObject({
  status: z.literal('ok'),
  uptimeSeconds: whole,
  memoryBytes: whole,
}) satisfies z.ZodType<Health>;

const watched = {
  mode: z.enum(['events', 'poll']),
  modeBecause: text,
  lastSweepAt: maybeNumber.meta({ description: 'ms since 1970' }),
  entries: whole,
  sweepMs: maybeNumber,
  calls: maybeWhole,
  settling: whole,
};
export const ready = z.strictObject({
  status: z.literal('ready'),
  intake: z.strictObject(watched).nullable().meta({ description: 'the first inbox' }),
  inboxes: z
    .array(z.strictObject({ inbox: text, ...watched }))
    .exactOptional()
    .meta({ description: 'all of them, where there are several' }),
  checks: z.array(
    z.strictObject({
      name: z.enum(['database', 'share', 'disk', 'hosts', 'targets']),
      state: z.enum(['ok', 'warn', 'fail']),
      words: text,
      code: maybeText,
      remedy: maybeText,
    }),
  ),
}) satisfies z.ZodType<Ready>;

/** RFC 9457; every refusal. */
export const problem = z.strictObject({
  type: z.literal('about:blank'),
  title: text,
  status: whole,
  detail: text,
  code: text.meta({ description: 'stable' }),
  remedy: text.meta({ description: 'what a person can do' }),
  auth: z.enum(['token', 'users', 'proxy', 'none']).optional().meta({ description: 'of 401: how one logs in' }),
});

import type { Attempt, Case, Transition } from '../domain/case.js';
import type { ActiveState, StepName } from '../domain/case-machine.js';
import { isActive } from '../domain/case-machine.js';
import type { Beam } from '../domain/beam.js';
import type { Failure } from '../domain/errors.js';
import type { EpochMs } from '../domain/time.js';
import type { CaseRecord, CaseRow } from '../ports/case-queries.js';
import { calculationWait } from './calculation-wait.js';
import { deliveryViews, reportPath, type DeliveryView } from './delivery-view.js';
import { NO_OUTLOOK, type Outlook } from './outlook.js';
import { receiptView, type ReceiptView } from '../domain/receipt-view.js';
import { nextProbeFor } from './target-view.js';

/** A case as lists show it: `mqi cases --json` and `GET /api/cases`. Times are ISO 8601 UTC. */
export interface CaseView {
  readonly id: string;
  /** Name of the inbox; '' for the first one. */
  readonly inbox: string;
  /** Relative to the inbox. */
  readonly folder: string;
  readonly run: number;
  readonly state: string;
  /** Words for people. */
  readonly status: string;
  /** 0-100. */
  readonly progress: number;
  readonly priority: number;
  readonly planLabel: string | null;
  readonly planSopInstanceUid: string | null;
  /** The id of the earlier case that has the same plan. */
  readonly duplicateOf: string | null;
  readonly beamCount: number;
  readonly beamsDone: number;
  /** What or whom the case waits for; null when it waits for nothing. */
  readonly waitingFor: string | null;
  /** Failed attempts of the present step. */
  readonly attempt: number;
  readonly nextAttemptAt: string | null;
  /** When all its beams are expected to have their dose; left out where nothing can be said. */
  readonly etaAt?: string;
  readonly error: Failure | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
}

/** A case with all that is known of it: `mqi case ID --json` and `GET /api/cases/:id`. */
export interface CaseDetailView extends CaseView {
  readonly beams: readonly BeamView[];
  readonly attempts: readonly AttemptView[];
  readonly transitions: readonly TransitionView[];
  readonly receipts: readonly ReceiptView[];
  /** Planned against delivered, for each beam and fraction with delivery logs. */
  readonly deliveries: readonly DeliveryView[];
  /** Planned against delivered layer by layer, relative to the root; null where nothing was compared. */
  readonly deliveryReport: string | null;
  /** The earlier run of the folder whose doses and receipts stand for this run's too, which only compares further deliveries. */
  readonly resultsOf: string | null;
}

export interface BeamView {
  readonly number: number;
  readonly name: string;
  readonly state: string;
  readonly progress: number;
  readonly machine: string;
  readonly gantryAngleDeg: number;
  /** Control points that carry weight. */
  readonly layers: number;
  readonly spots: number;
  readonly meterset: number;
  readonly energyMinMeV: number;
  readonly energyMaxMeV: number;
  /** The GPU's UUID, or `cpu-N` where there is none. */
  readonly gpu: string | null;
  readonly host: string | null;
  readonly jobId: string | null;
  readonly attempt: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** When its dose is expected; left out where nothing can be said. */
  readonly etaAt?: string;
  readonly error: Failure | null;
  /** The beam's RT Dose, relative to the root. */
  readonly resultPath: string | null;
}

export interface AttemptView {
  readonly step: StepName;
  readonly beamNumber: number | null;
  readonly attempt: number;
  readonly owner: string;
  readonly outcome: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly error: Failure | null;
}

export interface TransitionView {
  readonly event: string;
  readonly from: string | null;
  readonly to: string;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** What a step does while it runs, and what a case is queued for until it does. */
const STEP_WORDS: Readonly<Record<ActiveState, readonly [running: string, queued: string]>> = {
  registered: ['checking the folder', 'queued for checking'],
  validated: ['reading the plan', 'queued for interpretation'],
  interpreted: ['calculating dose', 'queued for dose calculation'],
  simulated: ['writing RT Dose', 'queued for writing RT Dose'],
  assembled: ['delivering', 'queued for delivery'],
};

/**
 * @param now decides whether a lease still holds, that is whether the step runs
 * @param outlook what is foreseen of it
 */
export function caseView(row: CaseRow, now: EpochMs, outlook: Outlook = NO_OUTLOOK): CaseView {
  return viewOf(row, outlook.open.get(row.kase.id) ?? [], now, outlook);
}

/** @param beams by which it is told what its calculation waits for */
function viewOf({ kase, beamsDone }: CaseRow, beams: readonly Beam[], now: EpochMs, outlook: Outlook): CaseView {
  const nextAttemptAt = nextAttempt(kase, outlook);
  const wait = goesOn(kase) && nextAttemptAt === null ? calculationWait(kase, beams, outlook, now) : null;
  return {
    id: kase.id,
    inbox: kase.inbox,
    folder: kase.folder,
    run: kase.run,
    state: kase.state,
    status:
      wait === null || wait.isAway
        ? onItsWay({ kase, beamsDone }, now, outlook)
        : waits(wait.what, { kase, beamsDone }),
    progress: percent(kase.progress),
    priority: kase.priority,
    planLabel: kase.planLabel,
    planSopInstanceUid: kase.planSopInstanceUid,
    duplicateOf: kase.duplicateOf,
    beamCount: kase.beamCount,
    beamsDone,
    waitingFor: wait?.what ?? waitingFor(kase),
    attempt: kase.attempt,
    nextAttemptAt: instant(nextAttemptAt),
    ...(goesOn(kase) ? eta(outlook.etas.cases.get(kase.id)) : {}),
    error: kase.error,
    createdAt: iso(kase.createdAt),
    updatedAt: iso(kase.updatedAt),
    finishedAt: instant(kase.finishedAt),
  };
}

/** When the case is gone on with; of one that waits for a target that is down, when that is tried. */
const nextAttempt = (kase: Case, { probes }: Outlook): EpochMs | null =>
  isActive(kase.state) && kase.heldBecause === null ? (nextProbeFor(kase, probes) ?? kase.notBefore) : null;

const goesOn = ({ heldBecause, waitingFor: data }: Case): boolean => heldBecause === null && data === null;

const waits = (what: string, row: CaseRow): string => `waiting for ${what}${beamsWords(row)}`;

const onItsWay = (row: CaseRow, now: EpochMs, outlook: Outlook): string =>
  statusOf(row, now) +
  (goesOn(row.kase) ? awayWords(row.kase, outlook) : probeWords(nextProbeFor(row.kase, outlook.probes)));

/** As `caseView`, with all that belongs to the case. */
export function caseDetailView(record: CaseRecord, now: EpochMs, outlook: Outlook = NO_OUTLOOK): CaseDetailView {
  const { etas } = outlook;
  return {
    ...viewOf(record, record.beams, now, outlook),
    beams: record.beams.map((beam) => ({ ...beamView(beam), ...eta(etas.beams.get(beam.id)) })),
    attempts: record.attempts.map(attemptView),
    transitions: record.transitions.map(transitionView),
    receipts: record.receipts.map(receiptView),
    deliveries: deliveryViews(record.deliveries, record.beams),
    deliveryReport: reportPath(record.kase, record.deliveries),
    resultsOf: record.kase.resultsOf,
  };
}

/** The state of a case in words a physicist reads without a manual. */
function statusOf(row: CaseRow, now: EpochMs): string {
  const { kase } = row;
  if (!isActive(kase.state)) return endedWords(kase);
  if (kase.heldBecause !== null) return `held: ${kase.heldBecause}`;
  if (kase.waitingFor !== null) return `waiting for ${kase.waitingFor}`;
  if (kase.notBefore !== null && kase.notBefore > now && kase.error !== null) {
    return `waiting to try again after failure ${String(kase.attempt)}: ${kase.error.message}`;
  }
  const [running, queued] = STEP_WORDS[kase.state];
  const runs = kase.leasedUntil !== null && kase.leasedUntil > now;
  return `${runs ? running : queued}${kase.state === 'interpreted' ? beamsWords(row) : ''}`;
}

/** `, next attempt at 2026-11-26 02:10:05 UTC`. */
const probeWords = (at: EpochMs | null): string =>
  at === null ? '' : `, next attempt at ${iso(at).slice(0, 19).replace('T', ' ')} UTC`;

/** Hosts of its jobs that cannot be asked: the jobs run on, and are waited for. */
function awayWords({ id, state }: Case, { away }: Outlook): string {
  if (state !== 'interpreted') return '';
  const whys = new Set([...away.values()].filter(({ caseId }) => caseId === id).map(({ why }) => why));
  return [...whys].map((why) => `; ${why}`).join('');
}

function endedWords(kase: Case): string {
  const why = kase.error === null ? '' : `: ${kase.error.message}`;
  return kase.state === 'rejected' || kase.state === 'failed' ? `${kase.state}${why}` : kase.state;
}

function beamsWords({ kase, beamsDone }: CaseRow): string {
  return kase.beamCount === 0 ? '' : ` (${String(beamsDone)} of ${String(kase.beamCount)} beams done)`;
}

function waitingFor(kase: Case): string | null {
  if (!isActive(kase.state)) return null;
  if (kase.heldBecause !== null) return `an operator: ${kase.heldBecause}`;
  return kase.waitingFor;
}

function beamView(beam: Beam): BeamView {
  return {
    number: beam.beamNumber,
    name: beam.name,
    state: beam.state,
    progress: percent(beam.progress),
    machine: beam.machine,
    gantryAngleDeg: beam.gantryAngleDeg,
    layers: beam.layers,
    spots: beam.spots,
    meterset: beam.meterset,
    energyMinMeV: beam.energyMinMeV,
    energyMaxMeV: beam.energyMaxMeV,
    gpu: beam.resourceId === null ? null : beam.resourceId.slice(beam.resourceId.indexOf('/') + 1),
    host: beam.host,
    jobId: beam.job?.id ?? null,
    attempt: beam.attempt,
    startedAt: instant(beam.startedAt),
    finishedAt: instant(beam.finishedAt),
    error: beam.error,
    resultPath: beam.resultPath,
  };
}

function attemptView(attempt: Attempt): AttemptView {
  return {
    step: attempt.step,
    beamNumber: attempt.beamNumber,
    attempt: attempt.attempt,
    owner: attempt.owner,
    outcome: attempt.outcome,
    startedAt: iso(attempt.startedAt),
    finishedAt: instant(attempt.finishedAt),
    error: attempt.error,
  };
}

function transitionView({ event, from, to, reason, actor, at }: Transition): TransitionView {
  return { event, from, to, reason, actor, at: iso(at) };
}

/** One decimal, rounded down, so that 100 means done. */
const percent = (value: number): number => Math.floor(value * 10) / 10;
const iso = (at: EpochMs): string => new Date(at).toISOString();
const instant = (at: EpochMs | null): string | null => (at === null ? null : iso(at));
const eta = (at: EpochMs | undefined): { readonly etaAt?: string } => (at === undefined ? {} : { etaAt: iso(at) });

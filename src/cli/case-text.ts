import type { AttemptView, BeamView, CaseDetailView, TransitionView } from '../workflow/case-view.js';
import type { DeliveryView } from '../workflow/delivery-view.js';
import type { Failure } from '../domain/errors.js';
import type { ReceiptView } from '../domain/receipt-view.js';
import { localTime } from './case-columns.js';
import { durationWords } from './terminal/duration-words.js';
import { localTimes } from './terminal/local-times.js';
import { plainText } from './terminal/plain-text.js';
import { progressBar } from './terminal/progress-bar.js';
import { table, type Column } from './terminal/table.js';

const BEAMS: readonly Column<BeamView>[] = [
  { title: 'beam', cell: ({ number }) => String(number), align: 'right' },
  { title: 'name', cell: ({ name }) => name, shrinksTo: 8 },
  { title: 'machine', cell: ({ machine }) => machine, shrinksTo: 6 },
  { title: 'gantry', cell: ({ gantryAngleDeg }) => `${String(gantryAngleDeg)}°`, align: 'right' },
  { title: 'layers', cell: ({ layers }) => String(layers), align: 'right' },
  { title: 'spots', cell: ({ spots }) => String(spots), align: 'right' },
  { title: 'MeV', cell: ({ energyMinMeV, energyMaxMeV }) => `${energyMinMeV.toFixed(1)}-${energyMaxMeV.toFixed(1)}` },
  { title: 'meterset', cell: ({ meterset }) => meterset.toPrecision(6), align: 'right' },
  { title: 'state', cell: ({ state }) => state },
  { title: 'progress', cell: ({ progress }) => progressBar(progress, 10) },
  { title: 'expected', cell: ({ etaAt }) => (etaAt === undefined ? '' : localTime(etaAt).slice(-5)) },
  { title: 'place', cell: ({ host, gpu }) => (gpu === null ? '' : `${host ?? ''}/${gpu}`), shrinksTo: 10 },
  { title: 'try', cell: ({ attempt }) => String(attempt), align: 'right' },
];

/** An error that the head of the case says in full is called by its code below it. */
const beamColumns = (view: CaseDetailView): readonly Column<BeamView>[] => [
  ...BEAMS,
  {
    title: 'result or error',
    cell: ({ error, resultPath }) =>
      error === null ? (resultPath ?? '') : isInHead(view, error) ? error.code : localTimes(error.message),
    shrinksTo: 20,
  },
];

const isInHead = ({ status, error }: CaseDetailView, { message }: Failure): boolean =>
  status.includes(message) || error?.message.includes(message) === true;

/** The status mostly ends with it; of a held case both say why. */
function waitWords({ status, waitingFor, error }: CaseDetailView): string | null {
  if (waitingFor === null || status.includes(waitingFor.replace(/^an operator: /, ''))) return null;
  return error !== null && waitingFor.includes(error.message) ? null : localTimes(waitingFor);
}

/** As on the page: `upload` is its name in the interface and in programs; people deliver doses. */
const stepWord = (step: string): string => (step === 'upload' ? 'deliver' : step);

const ATTEMPTS: readonly Column<AttemptView>[] = [
  { title: 'step', cell: ({ step }) => stepWord(step) },
  { title: 'beam', cell: ({ beamNumber }) => (beamNumber === null ? '' : String(beamNumber)), align: 'right' },
  { title: 'try', cell: ({ attempt }) => String(attempt), align: 'right' },
  { title: 'started', cell: ({ startedAt }) => localTime(startedAt) },
  { title: 'took', cell: took, align: 'right' },
  { title: 'outcome', cell: ({ outcome }) => outcome ?? 'running' },
];

/** Of tries that failed for the same reason, and of that which head or beams say, the words are not said again. */
function attemptColumns(view: CaseDetailView): readonly Column<AttemptView>[] {
  const told = view.beams.flatMap(({ error }) => error?.message ?? []);
  const isTold = (error: Failure): boolean => isInHead(view, error) || told.includes(error.message);
  const words = (error: Failure): string =>
    isTold(error) ? error.code : `${error.code}: ${localTimes(error.message)}`;
  return [...ATTEMPTS, { title: 'error', cell: ({ error }) => (error === null ? '' : words(error)), shrinksTo: 20 }];
}

const TRANSITIONS: readonly Column<TransitionView>[] = [
  { title: 'at', cell: ({ at }) => localTime(at) },
  { title: 'event', cell: ({ event }) => event },
  { title: 'from', cell: ({ from }) => from ?? '' },
  { title: 'to', cell: ({ to }) => to },
  { title: 'by', cell: ({ actor }) => actor, shrinksTo: 8 },
  { title: 'reason', cell: ({ reason }) => localTimes(reason ?? ''), shrinksTo: 20 },
];

const RECEIPTS: readonly Column<ReceiptView>[] = [
  { title: 'target', cell: ({ target }) => target },
  { title: 'status', cell: ({ status }) => status },
  { title: 'tries', cell: ({ attempts }) => String(attempts), align: 'right' },
  { title: 'at', cell: ({ at }) => localTime(at) },
  { title: 'checked by', cell: ({ verifiedBy }) => verifiedBy ?? '', shrinksTo: 10 },
  { title: 'location', cell: ({ location }) => location ?? '', shrinksTo: 20 },
  {
    title: 'sop instance uid',
    cell: ({ sopInstanceUid, sentUid }) =>
      sentUid === undefined ? sopInstanceUid : `${sopInstanceUid} sent as ${sentUid}`,
    shrinksTo: 16,
  },
  { title: 'it said', cell: ({ peerSaid }) => peerSaid ?? '', shrinksTo: 10 },
];

const DELIVERIES: readonly Column<DeliveryView>[] = [
  { title: 'fraction', cell: ({ fraction }) => String(fraction), align: 'right' },
  { title: 'which is', cell: ({ fractionStatus }) => fractionStatus },
  { title: 'beam', cell: ({ beamNumber }) => (beamNumber === null ? '' : String(beamNumber)), align: 'right' },
  {
    title: 'layers',
    cell: ({ layersDelivered, layersPlanned }) =>
      layersDelivered === null
        ? ''
        : `${String(layersDelivered)}/${layersPlanned === null ? '?' : String(layersPlanned)}`,
    align: 'right',
  },
  { title: 'mean mm', cell: ({ positionMeanMm }) => digits(positionMeanMm, 3), align: 'right' },
  { title: 'sigma mm', cell: ({ positionSigmaMm }) => digits(positionSigmaMm, 3), align: 'right' },
  { title: 'max mm', cell: ({ positionMaxMm }) => digits(positionMaxMm, 3), align: 'right' },
  { title: 'MU %', cell: ({ metersetDifferencePercent }) => digits(metersetDifferencePercent, 2), align: 'right' },
  {
    title: 'missing layers or problem',
    cell: ({ missingLayers, problem }) => problem ?? missingLayers.join(' '),
    shrinksTo: 12,
  },
];

/** What `mqi case ID` shows to people. */
export function caseText(view: CaseDetailView, columns: number): string {
  return [
    ...heading(view),
    ...section('beams', view.beams, beamColumns(view), columns),
    ...section('planned against delivered', view.deliveries, DELIVERIES, columns),
    ...section('steps', view.attempts, attemptColumns(view), columns),
    ...section('history', view.transitions, TRANSITIONS, columns),
    ...section('receipts', view.receipts, RECEIPTS, columns),
    '',
  ].join('\n');
}

type Fact = readonly [string, string | null];

const errorFacts = ({ error, status }: CaseDetailView): readonly Fact[] =>
  error === null
    ? []
    : [
        ['error', status.includes(error.message) ? error.code : `${error.code}: ${localTimes(error.message)}`],
        ['remedy', error.remedy],
      ];

/** That of a held case ends with the remedy, which has a line of its own. */
const statusWords = ({ status, error }: CaseDetailView): string =>
  error === null ? status : status.replace(`; ${error.remedy}`, '');

function heading(view: CaseDetailView): string[] {
  const facts: readonly Fact[] = [
    ['case', `${view.id}, run ${String(view.run)} of folder "${view.folder}"`],
    ['inbox', view.inbox === '' ? null : view.inbox],
    ['state', view.state],
    ['status', localTimes(statusWords(view))],
    ['progress', progressBar(view.progress)],
    ['waits for', waitWords(view)],
    ['expected', view.etaAt === undefined ? null : `about ${localTime(view.etaAt)}`],
    ['next try', view.nextAttemptAt === null ? null : localTime(view.nextAttemptAt)],
    ...errorFacts(view),
    ['plan', view.planSopInstanceUid === null ? null : `${view.planLabel ?? ''} (${view.planSopInstanceUid})`],
    ['same plan', view.duplicateOf === null ? null : `as case ${view.duplicateOf}`],
    ['doses', view.resultsOf === null ? null : `of case ${view.resultsOf}: only further deliveries were compared`],
    ['report', view.deliveryReport],
    ['priority', String(view.priority)],
    ['created', localTime(view.createdAt)],
    ['finished', view.finishedAt === null ? null : localTime(view.finishedAt)],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)}${plainText(value)}`]));
}

function section<Row>(title: string, rows: readonly Row[], shape: readonly Column<Row>[], columns: number): string[] {
  return rows.length === 0 ? [] : ['', title, ...table(rows, shape, columns - 2).map((line) => `  ${line}`)];
}

const digits = (value: number | null, count: number): string => (value === null ? '' : value.toFixed(count));

function took({ startedAt, finishedAt }: AttemptView): string {
  return finishedAt === null ? '' : durationWords(Date.parse(finishedAt) - Date.parse(startedAt));
}

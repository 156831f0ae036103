import type { JSX } from 'preact';
import type { AttemptView, CaseDetailView, TransitionView } from '../../../workflow/case-view.js';
import type { ReceiptView } from '../../../domain/receipt-view.js';
import { Folded } from '../elements/folded.js';
import { FactsTable, type Column } from '../elements/facts-table.js';
import { duration, moment } from '../format.js';
import { texts } from '../texts.js';

interface OfCase {
  readonly kase: CaseDetailView;
}

const { attempts, transitions, receipts } = texts.kase;

const ATTEMPTS: readonly Column<AttemptView>[] = [
  { title: attempts.step, cell: ({ step }) => texts.timeline.steps[step] },
  { title: attempts.beam, cell: ({ beamNumber }) => beamNumber, isFigure: true },
  { title: attempts.attempt, cell: ({ attempt }) => attempt, isFigure: true },
  { title: attempts.started, cell: ({ startedAt }) => moment(startedAt) },
  {
    title: attempts.took,
    cell: ({ startedAt, finishedAt }) =>
      finishedAt === null ? '' : duration(Date.parse(finishedAt) - Date.parse(startedAt)),
    isFigure: true,
  },
  { title: attempts.outcome, cell: ({ outcome }) => outcome ?? attempts.running },
  { title: attempts.error, cell: ({ error }) => error?.message ?? '' },
  { title: attempts.remedy, cell: ({ error }) => error?.remedy ?? '' },
];

const TRANSITIONS: readonly Column<TransitionView>[] = [
  { title: transitions.at, cell: ({ at }) => moment(at) },
  { title: transitions.event, cell: ({ event }) => event },
  { title: transitions.from, cell: ({ from }) => from },
  { title: transitions.to, cell: ({ to }) => to },
  { title: transitions.by, cell: ({ actor }) => actor },
  { title: transitions.reason, cell: ({ reason }) => reason },
];

const RECEIPTS: readonly Column<ReceiptView>[] = [
  { title: receipts.target, cell: ({ target }) => target },
  { title: receipts.status, cell: ({ status }) => status },
  { title: receipts.location, cell: ({ location }) => location },
  { title: receipts.checked, cell: ({ verifiedBy }) => verifiedBy },
  { title: receipts.attempts, cell: ({ attempts: count }) => count, isFigure: true },
  { title: receipts.peerSaid, cell: ({ peerSaid }) => peerSaid },
  { title: receipts.sentUid, cell: ({ sentUid }) => sentUid },
  { title: receipts.at, cell: ({ at }) => moment(at) },
];

export function Attempts({ kase }: OfCase): JSX.Element {
  return (
    <Folded title={attempts.title}>
      <FactsTable title={attempts.title} columns={ATTEMPTS} rows={kase.attempts} />
    </Folded>
  );
}

export function Transitions({ kase }: OfCase): JSX.Element {
  return (
    <Folded title={transitions.title}>
      <FactsTable title={transitions.title} columns={TRANSITIONS} rows={kase.transitions} />
    </Folded>
  );
}

export function Receipts({ kase }: OfCase): JSX.Element {
  return <FactsTable title={receipts.title} columns={RECEIPTS} rows={kase.receipts} />;
}

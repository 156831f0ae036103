import { element, expectedWords, localTime, progressCell } from './page-elements.js';

const text = (value) => (value === null || value === undefined ? '' : String(value));

function list(title, heads, rows) {
  if (rows.length === 0) return [];
  const head = element(
    'tr',
    {},
    heads.map((name) => element('th', { text: name })),
  );
  const body = rows.map((cells) =>
    element(
      'tr',
      {},
      cells.map((cell) => (cell instanceof Node ? cell : element('td', { text: text(cell) }))),
    ),
  );
  return [
    element('h2', { text: title }),
    element('table', {}, [element('thead', {}, [head]), element('tbody', {}, body)]),
  ];
}

const beam = (one) => [
  one.number,
  one.name,
  one.machine,
  `${one.gantryAngleDeg}°`,
  one.layers,
  one.spots,
  `${one.energyMinMeV.toFixed(1)}\u2011${one.energyMaxMeV.toFixed(1)}`,
  one.state,
  progressCell(one.progress),
  one.gpu === null ? '' : `${text(one.host)}/${one.gpu}`,
  one.attempt,
  one.error === null ? text(one.resultPath ?? expectedWords(one)) : one.error.message,
];

const digits = (value, count) => (value === null ? '' : value.toFixed(count));

const delivery = (one) => [
  `${one.fraction} (${one.fractionStatus})`,
  one.beamNumber,
  one.layersDelivered === null ? '' : `${one.layersDelivered}/${text(one.layersPlanned)}`,
  one.missingLayers.join(' '),
  digits(one.positionMeanMm, 3),
  digits(one.positionSigmaMm, 3),
  digits(one.positionMaxMm, 3),
  digits(one.metersetDifferencePercent, 2),
  one.problem,
];

/** The row below an opened case: beams, deliveries, attempts, history, receipts. */
export function detailRow(kase) {
  const cell = element('td', {}, [
    ...list(
      'Beams',
      [
        'Beam',
        'Name',
        'Machine',
        'Gantry',
        'Layers',
        'Spots',
        'MeV',
        'State',
        'Progress',
        'Place',
        'Try',
        'Result or error',
      ],
      kase.beams.map(beam),
    ),
    ...list(
      'Planned against delivered',
      ['Fraction', 'Beam', 'Layers', 'Missing', 'Mean mm', 'Sigma mm', 'Max mm', 'MU %', 'Remark'],
      kase.deliveries.map(delivery),
    ),
    ...list(
      'Steps',
      ['Step', 'Beam', 'Try', 'Started', 'Finished', 'Outcome', 'Error'],
      kase.attempts.map((one) => [
        one.step,
        one.beamNumber,
        one.attempt,
        localTime(one.startedAt),
        localTime(one.finishedAt),
        one.outcome ?? 'running',
        one.error === null ? '' : one.error.message,
      ]),
    ),
    ...list(
      'History',
      ['At', 'Event', 'From', 'To', 'By', 'Reason'],
      kase.transitions.map((one) => [localTime(one.at), one.event, one.from, one.to, one.actor, one.reason]),
    ),
    ...list(
      'Receipts',
      ['Target', 'Status', 'Location', 'Checked by', 'At'],
      kase.receipts.map((one) => [one.target, one.status, one.location, one.verifiedBy, localTime(one.at)]),
    ),
  ]);
  cell.colSpan = 7;
  return element('tr', { class: 'detail' }, [cell]);
}

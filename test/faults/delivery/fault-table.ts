import type { FaultResult, FirstEnd } from './run-faults.js';

const COLUMNS: readonly (readonly [FirstEnd, string])[] = [
  ['delivered', 'delivered all the same'],
  ['transient', 'tried again'],
  ['operator', 'held for a person'],
  ['permanent', 'final'],
  ['killed', 'sender killed'],
];

/** What is wrong with a result, in words; empty when nothing is. */
export const broken = ({ kind, stage, fault, missing, duplicated, wrong }: FaultResult): readonly string[] =>
  [...(missing ? ['the object is missing'] : []), ...(duplicated ? ['the object is there twice'] : []), ...wrong].map(
    (words) => `${kind}, ${stage}, ${fault}: ${words}`,
  );

const count = (results: readonly FaultResult[], is: (result: FaultResult) => boolean): string =>
  String(results.filter(is).length);

/** The figures of one kind of target as a row. */
export const summaryRow = (kind: string, results: readonly FaultResult[]): string =>
  [
    '',
    kind,
    String(results.length),
    count(results, ({ struck }) => struck),
    count(results, ({ missing }) => missing),
    count(results, ({ duplicated }) => duplicated),
    count(results, ({ wrong }) => wrong.length > 0),
    '',
  ]
    .join(' | ')
    .trim();

export const SUMMARY_HEAD = `| target | faults | met the delivery | missing | duplicated | wrong |
|---|---|---|---|---|---|`;

/** Stage by stage: what became of the try that met each fault, and how often it was done. */
export function stageTable(results: readonly FaultResult[]): string {
  const stages = [...new Set(results.map(({ stage }) => stage))].sort();
  const rows = stages.map((stage) => {
    const here = results.filter((result) => result.stage === stage);
    const cells = COLUMNS.map(([end]) => listed(here.filter(({ first }) => first === end)));
    return `| ${[stage, String(here.length), ...cells].join(' | ')} |`;
  });
  const heads = ['stage', 'faults', ...COLUMNS.map(([, words]) => words)];
  return [`| ${heads.join(' | ')} |`, `|${heads.map(() => '---').join('|')}|`, ...rows].join('\n');
}

function listed(results: readonly FaultResult[]): string {
  const faults = [...new Set(results.map(({ fault }) => fault))].sort();
  return faults.map((fault) => `${fault} ${count(results, (result) => result.fault === fault)}`).join(', ');
}

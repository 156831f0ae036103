import type { CaseRecord } from '../../ports/case-queries.js';
import { LogReader, type LogSource } from '../../ports/log-reader.js';
import { timelineView } from '../../workflow/timeline-view.js';
import type { PortSource } from '../command-context.js';
import type { Pseudonyms } from './pseudonyms.js';

/** A case whose course and logs go into the bundle. */
export type BundledCase = CaseRecord;

const SERVICE_LINES = 5_000;
const CASE_LINES = 1_000;
const ENGINE_LINES = 200;
/** Logs of so many of the cases, the newest ones. */
const LOGGED_CASES = 50;

/** What happened to each case. Ids stay; folders, labels and people have pseudonyms; names of beams are left out. */
export function timelines(cases: readonly BundledCase[], pseudonyms: Pseudonyms, now: number): unknown {
  return cases.map((record) => {
    const { kase, beams, receipts, deliveries } = record;
    const { id, run, state, priority, progress, attempt, crashes, error, heldBecause, waitingFor } = kase;
    const timeline = timelineView(record, now);
    const words = { error, heldBecause, waitingFor, duplicateOf: kase.duplicateOf, resultsOf: kase.resultsOf };
    const marks = timeline.marks.map((mark) => ({ ...mark, actor: pseudonyms.actor(mark.actor) }));
    return {
      ...{ id, run, state, priority, progress, attempt, crashes, inbox: kase.inbox },
      folder: pseudonyms.path(kase.folder),
      planLabel: kase.planLabel === null ? null : pseudonyms.of('label', kase.planLabel),
      ...(pseudonyms.within(words) as object),
      timeline: { ...(pseudonyms.within(timeline) as object), marks: pseudonyms.within(marks) },
      beams: beams.map((beam) => pseudonyms.within(beamPart(beam))),
      receipts: receipts.map(({ target, status, verifiedBy, attempts, at, peerSaid }) =>
        pseudonyms.within({ target, status, verifiedBy, attempts, at, peerSaid }),
      ),
      deliveries: deliveries.map(({ beamNumber, fraction, fractionStatus, problem, folder }) => ({
        ...{ beamNumber, fraction, fractionStatus, folder: pseudonyms.path(folder) },
        problem: pseudonyms.within(problem),
      })),
    };
  });
}

function beamPart(beam: CaseRecord['beams'][number]): unknown {
  const { beamNumber, machine, layers, spots, state, progress, attempt, failures, waitingFor, resourceId, error } =
    beam;
  const { host, startedAt, finishedAt } = beam;
  const figures = { beamNumber, machine, layers, spots, state, progress, attempt, failures };
  return { ...figures, waitingFor, resourceId, host, startedAt, finishedAt, error };
}

export async function serviceLog(ports: PortSource, pseudonyms: Pseudonyms): Promise<Readonly<Record<string, string>>> {
  const lines = await ports.get(LogReader).tail({ kind: 'service' }, SERVICE_LINES);
  return { 'logs/service.log': linesOf(lines, pseudonyms) };
}

/** Of each case its own log and what the engine said in the last try of each beam. */
export async function caseLogs(
  ports: PortSource,
  cases: readonly BundledCase[],
  pseudonyms: Pseudonyms,
): Promise<Readonly<Record<string, string>>> {
  const logs = ports.get(LogReader);
  const files: Record<string, string> = {};
  const keep = async (name: string, source: LogSource, most: number): Promise<void> => {
    const lines = await logs.tail(source, most);
    if (lines.length > 0) files[name] = linesOf(lines, pseudonyms);
  };
  for (const { kase, beams } of cases.slice(0, LOGGED_CASES)) {
    const { id: caseId, run } = kase;
    await keep(`logs/${caseId}/case.log`, { kind: 'case', caseId }, CASE_LINES);
    await keep(`logs/${caseId}/interpreter.log`, { kind: 'interpreter', caseId, run }, ENGINE_LINES);
    for (const { beamNumber, attempt } of beams) {
      const source = { kind: 'engine', caseId, run, beamNumber, attempt } as const;
      await keep(`logs/${caseId}/engine-beam-${String(beamNumber)}.log`, source, ENGINE_LINES);
    }
  }
  return files;
}

/** A line of JSON stays one: names within its texts are replaced, not what holds them. */
function linesOf(lines: readonly string[], pseudonyms: Pseudonyms): string {
  return lines.map((line) => `${lineOf(line, pseudonyms)}\n`).join('');
}

function lineOf(line: string, pseudonyms: Pseudonyms): string {
  const value = parsed(line);
  return value === undefined ? pseudonyms.text(line) : JSON.stringify(pseudonyms.within(value));
}

function parsed(line: string): unknown {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined; // an engine's own line that begins like one
  }
}

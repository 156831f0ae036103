import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildContainer } from '../../../src/container.js';
import { ACTIVE_STATES, CASE_EVENTS, nextCaseState, type ActiveState } from '../../../src/domain/case-machine.js';
import type { Transition } from '../../../src/domain/case.js';
import { CaseQueries, type CaseRecord } from '../../../src/ports/case-queries.js';
import { Database } from '../../../src/ports/database.js';
import { Logger } from '../../../src/ports/logger.js';
import type { FaultRoot } from './fault-root.js';

/** What stands in a root when the service says that nothing is left to do. Words name folder or case for each. */
export interface Audit {
  /** A folder without a completed case, a beam without its result, an object that is not at the target. */
  readonly losses: readonly string[];
  /** A second case, accepted result or object for one thing, or an attempt whose engine was started twice. */
  readonly duplicates: readonly string[];
  /** What must not be, beside: illegal moves, open attempts, part files, rows that contradict each other. */
  readonly wrongs: readonly string[];
  readonly beams: number;
  /** Attempts begun, over all beams; with no failure of an engine it is one for each beam. */
  readonly attempts: number;
}

const sha256Of = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Compares rows, history and files of a root in which these folders, of so many beams each, were dropped. */
export async function audit(root: FaultRoot, folders: readonly string[], beamsEach: number): Promise<Audit> {
  const container = buildContainer(root.settings);
  const database = container.get(Database);
  await database.open();
  try {
    const queries = container.get(CaseQueries);
    const losses: string[] = [];
    const duplicates: string[] = [];
    const wrongs = [...(await database.check())];
    const rows = await queries.list({});
    let attempts = 0;
    for (const folder of folders) {
      const runs = rows.filter(({ kase }) => kase.folder === folder);
      if (runs.length > 1) duplicates.push(`${folder}: ${String(runs.length)} cases`);
      const record = await queries.record(runs[0]?.kase.id ?? '');
      if (record === null) {
        losses.push(`${folder}: no case`);
        continue;
      }
      attempts += record.beams.reduce((sum, { attempt }) => sum + attempt, 0);
      const words = lookAt(record, root, beamsEach);
      losses.push(...words.losses);
      duplicates.push(...words.duplicates);
      wrongs.push(...words.wrongs);
    }
    const runs = root.engineRuns();
    const again = runs.filter((path, i) => runs.indexOf(path) !== i);
    duplicates.push(...again.map((path) => `the engine was started twice for ${path}`));
    wrongs.push(...partFiles(join(root.path, 'outbox')));
    return { losses, duplicates, wrongs, beams: folders.length * beamsEach, attempts };
  } finally {
    await database.close();
    await container.get(Logger).close();
  }
}

function partFiles(outbox: string): readonly string[] {
  return readdirSync(outbox, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.part') || name.endsWith('.delivery.json'))
    .map((name) => `left in the outbox: ${name}`);
}

function lookAt(
  record: CaseRecord,
  root: FaultRoot,
  beamsEach: number,
): Pick<Audit, 'losses' | 'duplicates' | 'wrongs'> {
  const { kase, beams, attempts, transitions } = record;
  const losses: string[] = [];
  const duplicates: string[] = [];
  const wrongs = illegalMoves(transitions).map((words) => `${kase.folder}: ${words}`);
  if (kase.state !== 'completed') losses.push(`${kase.folder}: ${kase.state} ${String(kase.heldBecause)}`);
  if (beams.length !== beamsEach) losses.push(`${kase.folder}: ${String(beams.length)} beams`);
  for (const beam of beams) {
    const done = attempts.filter(({ beamNumber, outcome }) => beamNumber === beam.beamNumber && outcome === 'done');
    const name = `${kase.folder} beam ${String(beam.beamNumber)}`;
    if (done.length > 1) duplicates.push(`${name}: ${String(done.length)} accepted results`);
    if (done.length === 0 || beam.state !== 'converted') losses.push(`${name}: ${beam.state}, no accepted result`);
    if (done.some(({ attempt }) => attempt !== beam.attempt)) wrongs.push(`${name}: the result is of an old attempt`);
  }
  const open = attempts.filter(({ outcome }) => outcome === null);
  wrongs.push(...open.map(({ id, step }) => `${kase.folder}: attempt ${String(id)} of ${step} is open`));
  const objects = lookAtObjects(record, root);
  losses.push(...objects.losses);
  duplicates.push(...objects.duplicates);
  return { losses, duplicates, wrongs };
}

/** One object per beam and one of the plan, each there, whole, under one UID, and nothing else. */
function lookAtObjects({ kase, beams, receipts }: CaseRecord, root: FaultRoot): Pick<Audit, 'losses' | 'duplicates'> {
  const losses: string[] = [];
  const duplicates: string[] = [];
  const uids = new Set(receipts.map(({ sopInstanceUid }) => sopInstanceUid));
  if (uids.size !== receipts.length) duplicates.push(`${kase.folder}: two receipts of one object`);
  if (receipts.length > beams.length + 1) duplicates.push(`${kase.folder}: ${String(receipts.length)} receipts`);
  if (receipts.length < beams.length + 1) losses.push(`${kase.folder}: ${String(receipts.length)} receipts`);
  for (const { status, location, sha256, sopInstanceUid } of receipts) {
    const sound = status === 'delivered' && location !== null && sha256Of(location) === sha256;
    if (!sound || !readFileSync(location).subarray(0, 1024).includes(sopInstanceUid)) {
      losses.push(`${kase.folder}: an object is ${status} and not what its receipt says`);
    }
  }
  const found = readdirSync(join(root.path, 'outbox', kase.folder));
  const stray = found.filter((name) => !receipts.some(({ location }) => location?.endsWith(`/${name}`) === true));
  duplicates.push(
    ...stray
      .filter((name) => !/^receipt\.(csv|json)$/.test(name))
      .map((name) => `${kase.folder}: ${name} has no receipt`),
  );
  return { losses, duplicates };
}

function illegalMoves(transitions: readonly Transition[]): string[] {
  const wrong: string[] = [];
  transitions.forEach(({ event, from, to }, i) => {
    const before = transitions[i - 1]?.to ?? null;
    if (from !== before) wrong.push(`${event} starts at ${String(from)}, the move before ended at ${String(before)}`);
    const moves = CASE_EVENTS.find((name) => name === event);
    if (moves === undefined || from === null) return;
    const target = ACTIVE_STATES.find((state): state is ActiveState => moves === 'retry' && state === to);
    if (nextCaseState(from, moves, target) !== to) wrong.push(`${event} led from ${from} to ${to}`);
  });
  return wrong;
}

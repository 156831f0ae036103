import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case } from '../domain/case.js';
import { CASE_STATES, isActive } from '../domain/case-machine.js';
import type { Folders } from '../domain/folders.js';
import { isThere } from '../files/is-there.js';
import { systemCode } from '../files/system-code.js';
import type { CaseQueries, CaseRecord } from '../ports/case-queries.js';
import type { UploadTarget } from '../ports/upload-target.js';

export interface FileCheckPorts {
  readonly queries: CaseQueries;
  readonly targets: readonly UploadTarget[];
  readonly folders: Folders;
}

const AT_ONCE = 200;

/**
 * Whether the files are what the rows say (the other half of `mqi db check`); words for each thing found wrong, naming
 * cases by id alone. Reads delivered objects of folder targets to the last byte, so it takes its time. A case that is
 * under way may move while it is looked at: what it should have is checked for cases that have ended.
 */
export async function checkFiles({ queries, targets, folders }: FileCheckPorts): Promise<readonly string[]> {
  const found: string[] = [];
  const known = new Set<string>();
  for (let offset = 0; ; offset += AT_ONCE) {
    const rows = await queries.list({ states: CASE_STATES, limit: AT_ONCE, offset });
    for (const { kase } of rows) {
      known.add(kase.id);
      // Doses that an earlier run made are looked at with that run.
      if (isActive(kase.state) || kase.resultsOf !== null) continue;
      const record = await queries.record(kase.id);
      if (record === null) continue;
      found.push(...(await missingDoses(record, folders)), ...(await missingDeliveries(record, targets)));
    }
    if (rows.length < AT_ONCE) break;
  }
  return [...found, ...(await foldersWithoutCase(known, folders, queries))];
}

async function missingDoses({ kase, beams }: CaseRecord, folders: Folders): Promise<readonly string[]> {
  if (await isThere(folders.cleaned(kase))) return [];
  const found: string[] = [];
  for (const { state, beamNumber, resultPath } of beams) {
    if (state !== 'converted' || resultPath === null || (await isThere(join(folders.root, resultPath)))) continue;
    found.push(`case ${kase.id}: the RT Dose of beam ${String(beamNumber)} is not in its work folder`);
  }
  return found;
}

async function missingDeliveries(
  { kase, receipts }: CaseRecord,
  targets: readonly UploadTarget[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const target of targets) {
    const delivered = receipts.filter((receipt) => receipt.target === target.name && receipt.status === 'delivered');
    for (const words of await lookAt(target, kase, delivered)) found.push(`case ${kase.id}: ${words}`);
  }
  return found;
}

const lookAt = (target: UploadTarget, kase: Case, delivered: CaseRecord['receipts']): Promise<readonly string[]> =>
  target.audit === undefined || delivered.length === 0 ? Promise.resolve([]) : target.audit(kase, delivered);

/** Work of cases this database does not know: another database was put in place of the one that knew them. */
async function foldersWithoutCase(
  known: ReadonlySet<string>,
  { root }: Folders,
  queries: CaseQueries,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const id of await workIds(join(root, 'work'))) {
    // Registered since the list was read: it has a row by now.
    if (known.has(id) || (await queries.record(id)) !== null) continue;
    found.push(`work folder ${id} belongs to no case in the database`);
  }
  return found;
}

async function workIds(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

import { basename } from 'node:path';
import { toCaseError } from '../../domain/errors.js';
import type { CaseFolder } from '../../domain/case-folder.js';
import type { EpochMs } from '../../domain/time.js';
import type { Identity } from '../../domain/identity.js';
import type { Case } from '../../domain/case.js';
import { AuditTrail } from '../../ports/audit-trail.js';
import { CaseQueries } from '../../ports/case-queries.js';
import { LegacyCases } from '../../ports/legacy-history.js';
import { PseudonymStore } from '../../ports/pseudonym-store.js';
import { PatientIdentities } from '../../ports/patient-identities.js';
import { Users } from '../../ports/users.js';
import { WorkFolders } from '../../ports/work-folders.js';
import type { PortSource } from '../command-context.js';

const CASES_AT_ONCE = 1_000;
const ROWS_AT_ONCE = 1_000;

export interface KnownIdentities {
  readonly identities: readonly Identity[];
  /** Cases whose folder is away, or cannot be read: what their DICOM says is known from the kept plan alone, if at all. */
  readonly unread: number;
  readonly cases: number;
  readonly folders: readonly CaseFolder[];
  /** When the service began, as far as its cases tell; null without any. */
  readonly oldestMs: EpochMs | null;
}

/** Everybody the service knows of: folders, labels and people in the database, and the DICOM of the cases that are there. */
export async function knownIdentities(ports: PortSource, signal: AbortSignal): Promise<KnownIdentities> {
  const found: Identity[] = [];
  const read = new Set<string>();
  const folders = new Map<string, CaseFolder>();
  let unread = 0;
  let cases = 0;
  let oldestMs: EpochMs | null = null;
  for await (const kase of allCases(ports.get(CaseQueries))) {
    cases += 1;
    found.push(...ofRow(kase));
    const key = `${kase.inbox}:${kase.folder}`;
    folders.set(key, kase);
    oldestMs = Math.min(oldestMs ?? kase.createdAt, kase.createdAt);
    const fromPlan = await ports.get(PatientIdentities).ofFile(ports.get(WorkFolders).planCopy(kase));
    const fromFolder = read.has(key) ? [] : await ofDropped(ports, kase, signal);
    read.add(key);
    if (fromFolder === null) unread += 1;
    found.push(...[...fromPlan, ...(fromFolder ?? [])].map((one) => ({ ...one, caseId: kase.id })));
  }
  for (const text of await ports.get(PseudonymStore).patients()) found.push({ kind: 'patient ID', text, caseId: null });
  for (const arriving of await ports.get(CaseQueries).arriving()) {
    folders.set(`${arriving.inbox}:${arriving.folder}`, arriving);
    found.push(...folderNames(arriving.folder, null));
  }
  found.push(...(await ofPredecessor(ports)), ...(await usersOf(ports)));
  return { identities: unique(found), unread, cases, folders: [...folders.values()], oldestMs };
}

export const unique = (identities: readonly Identity[]): readonly Identity[] => [
  ...new Map(identities.map((one) => [`${one.kind} ${one.text}`, one])).values(),
];

async function* allCases(queries: CaseQueries): AsyncGenerator<Case> {
  for (let offset = 0; ; offset += CASES_AT_ONCE) {
    const rows = await queries.list({ limit: CASES_AT_ONCE, offset });
    for (const { kase } of rows) yield kase;
    if (rows.length < CASES_AT_ONCE) return;
  }
}

function ofRow({ id, folder, planLabel }: Case): readonly Identity[] {
  return [
    ...folderNames(folder, id),
    ...(planLabel === null ? [] : [{ kind: 'label', text: planLabel, caseId: id } as const]),
  ];
}

/** Each folder of a path by itself. */
export const folderNames = (path: string, caseId: string | null): readonly Identity[] =>
  path
    .split('/')
    .filter((name) => name !== '')
    .map((text) => ({ kind: 'folder name', text, caseId }));

async function ofDropped(
  ports: PortSource,
  kase: Case,
  signal: AbortSignal,
): Promise<readonly Omit<Identity, 'caseId'>[] | null> {
  try {
    return await ports.get(PatientIdentities).ofFolder(ports.get(WorkFolders).dropped(kase), signal);
  } catch (thrown) {
    // Its inbox is no longer configured, so nobody knows where it is.
    if (toCaseError(thrown).code === 'intake.unknown-inbox') return null;
    throw thrown;
  }
}

/** Its cases were named after their folders, and those after patients. Folders above are the site's, and name nobody. */
async function ofPredecessor(ports: PortSource): Promise<readonly Identity[]> {
  const cases = await ports.get(LegacyCases).list({});
  return cases
    .flatMap(({ id, folder }) => [id, basename(folder)])
    .filter((text) => text !== '')
    .map((text) => ({ kind: 'folder name', text, caseId: null }));
}

/** Those who may log in, and everybody who ever did something by the audit trail. */
async function usersOf(ports: PortSource): Promise<readonly Identity[]> {
  const names = new Set((await ports.get(Users).list()).map(({ name }) => name));
  const audit = ports.get(AuditTrail);
  for (let after = 0; ;) {
    const rows = await audit.following({}, ROWS_AT_ONCE, after);
    for (const { actor } of rows) names.add(personOf(actor) ?? '');
    after = rows.at(-1)?.seq ?? after;
    if (rows.length < ROWS_AT_ONCE) break;
  }
  names.delete('');
  return [...names].map((text) => ({ kind: 'user name', text, caseId: null }));
}

/** Who acted, of `cli:NAME` and `web:NAME`; null where no person did. */
export function personOf(actor: string): string | null {
  const colon = actor.indexOf(':');
  return colon < 0 ? null : actor.slice(colon + 1);
}

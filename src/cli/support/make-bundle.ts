import { arch, release, type, userInfo } from 'node:os';
import type { Identity, IdentityKind } from '../../domain/identity.js';
import { searchable, type Searchable, type TermRules } from '../../domain/identity-terms.js';
import { CaseQueries } from '../../ports/case-queries.js';
import { Database } from '../../ports/database.js';
import type { Settings } from '../../ports/settings.js';
import { productVersion } from '../../web/product-version.js';
import type { CommandContext, PortSource } from '../command-context.js';
import type { Finding } from '../doctor/finding.js';
import { findCase } from '../find-case.js';
import type { BundledCase } from './case-parts.js';
import { folderNames, knownIdentities, personOf, unique, type KnownIdentities } from './known-identities.js';
import { ownWords } from './own-words.js';
import { json, makeParts, type MadeParts, type Part } from './parts.js';
import { Pseudonyms } from './pseudonyms.js';
import { leaksIn, type BundleFile, type Leak } from './scan-files.js';
import { secretValues } from './secret-values.js';

/** So many newest cases where no case is named. */
const CASES = 200;
const NAMED_LEFT_OUT = 100;

export interface BundleRequest {
  /** An id or its start; undefined for the newest cases. */
  readonly wanted: string | undefined;
  readonly without: readonly Part[];
  readonly findings: readonly Finding[];
}

export interface Bundle {
  readonly files: readonly BundleFile[];
  /** Not to be written where there is one. */
  readonly leaks: readonly Leak[];
}

/** All that goes into a bundle, already searched. The database is open. */
export async function makeBundle(
  context: CommandContext,
  settings: Settings,
  ports: PortSource,
  { wanted, without, findings }: BundleRequest,
): Promise<Bundle> {
  const cases = await bundledCases(ports.get(CaseQueries), wanted);
  const known = await knownIdentities(ports, context.signal);
  const identities = unique([...known.identities, ...cases.flatMap(ofRecord), ...ofThisUser(context)]);
  const rules = { ownWords: await ownWords(), datesBefore: dayOf(known.oldestMs ?? context.now()) };
  const pseudonyms = new Pseudonyms(identities, known.folders, rules);
  const made = await makeParts({ context, settings, ports, pseudonyms, findings, cases }, without);
  const terms = searchable(identities, rules);
  const about = await aboutPart(context, settings, ports, { made, without, known, searched: terms, rules });
  const files = [{ path: 'about.json', bytes: Buffer.from(json(pseudonyms.within(about))) }, ...made.files];
  return { files, leaks: leaksIn(files, terms.terms, await secretValues(settings, context.env)) };
}

async function bundledCases(queries: CaseQueries, wanted: string | undefined): Promise<readonly BundledCase[]> {
  const ids =
    wanted === undefined
      ? (await queries.list({ limit: CASES })).map(({ kase }) => kase.id)
      : [(await findCase(queries, wanted)).id];
  const records: BundledCase[] = [];
  for (const id of ids) records.push(...[await queries.record(id)].filter((record) => record !== null));
  return records;
}

function ofRecord({ kase, transitions, deliveries }: BundledCase): readonly Identity[] {
  const people = transitions.flatMap(({ actor }) => personOf(actor) ?? []);
  return [
    ...people.map((text) => ({ kind: 'user name', text, caseId: kase.id }) as const),
    ...deliveries.flatMap(({ folder }) => folderNames(folder, kase.id)),
  ];
}

/** Whose folders stand in paths. */
function ofThisUser({ actor }: CommandContext): readonly Identity[] {
  const names = [personOf(actor) ?? '', userInfo().username].filter((name) => name !== '');
  return names.map((text) => ({ kind: 'user name', text, caseId: null }));
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10).replaceAll('-', '');

interface AboutFacts {
  readonly made: MadeParts;
  readonly without: readonly Part[];
  readonly known: KnownIdentities;
  readonly searched: Searchable;
  readonly rules: TermRules;
}

async function aboutPart(
  { now }: CommandContext,
  { engine, database }: Settings,
  ports: PortSource,
  { made, without, known, searched }: AboutFacts,
): Promise<unknown> {
  const drivers = (await ports.get(CaseQueries).resources()).map(({ resource: { id, name, driver } }) => ({
    id,
    name,
    driver,
  }));
  return {
    madeAt: new Date(now()).toISOString(),
    versions: {
      service: productVersion(),
      node: process.version,
      system: `${type()} ${release()} ${arch()}`,
      database: await ports.get(Database).version(),
      engine: engine.kind,
    },
    databaseKind: database.kind,
    places: drivers,
    leftOut: without,
    failed: made.failed,
    searchedFor: {
      forms: searched.terms.length,
      cases: known.cases,
      casesWhoseFolderIsAway: known.unread,
      notSearched: countsOf(searched),
      notSearchedOf: searched.leftOut
        .slice(0, NAMED_LEFT_OUT)
        .map(({ identity: { kind, caseId }, why }) => ({ kind, caseId, why })),
    },
  };
}

function countsOf({ leftOut }: Searchable): Readonly<Partial<Record<IdentityKind, number>>> {
  const counts: Partial<Record<IdentityKind, number>> = {};
  for (const { identity } of leftOut) counts[identity.kind] = (counts[identity.kind] ?? 0) + 1;
  return counts;
}

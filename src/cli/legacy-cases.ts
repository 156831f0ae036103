import type { LegacyCase } from '../domain/legacy-case.js';
import type { EpochMs } from '../domain/time.js';
import { LegacyCases } from '../ports/legacy-history.js';
import { localTime } from './case-columns.js';
import type { CommandContext } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plainJson } from './terminal/plain-text.js';
import { table, type Column } from './terminal/table.js';
import { withDatabase } from './with-database.js';

const iso = (at: EpochMs | null): string | null => (at === null ? null : new Date(at).toISOString());

const COLUMNS: readonly Column<LegacyCase>[] = [
  { title: 'id', cell: ({ id }) => id, shrinksTo: 16 },
  { title: 'state', cell: ({ state }) => state },
  { title: 'beams', cell: ({ beams }) => String(beams.length), align: 'right' },
  { title: 'created', cell: ({ createdAt }) => localTime(iso(createdAt)) },
  { title: 'updated', cell: ({ updatedAt }) => localTime(iso(updatedAt)) },
  { title: 'error', cell: ({ error }) => error ?? '', shrinksTo: 24 },
];

/** `mqi cases --legacy`: what the predecessor knew, in its own words. */
export async function listLegacyCases(
  context: CommandContext,
  { search, limit }: { readonly search?: string; readonly limit?: number },
): Promise<ExitCode> {
  const filter = { ...(search !== undefined && { search }), ...(limit !== undefined && { limit }) };
  const cases = await withDatabase(context, (ports) => ports.get(LegacyCases).list(filter));
  const text = (): string =>
    cases.length === 0
      ? 'no cases of the predecessor; read its database by: mqi import-legacy FILE\n'
      : table(cases, COLUMNS, context.terminal.columns)
          .map((line) => `${line}\n`)
          .join('');
  context.terminal.out(context.json ? plainJson({ legacyCases: cases.map(view) }) : text());
  return EXIT.done;
}

const view = (kase: LegacyCase): object => ({
  ...kase,
  createdAt: iso(kase.createdAt),
  updatedAt: iso(kase.updatedAt),
  steps: kase.steps.map((step) => ({ ...step, startedAt: iso(step.startedAt), finishedAt: iso(step.finishedAt) })),
});

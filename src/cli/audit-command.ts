import { InvalidArgumentError, type Command } from 'commander';
import type { AuditHead, AuditRow } from '../domain/audit.js';
import type { EpochMs } from '../domain/time.js';
import { AuditTrail, type AuditFilter } from '../ports/audit-trail.js';
import { CSV_HEAD, csvLine } from './audit-csv.js';
import { localTime } from './case-columns.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { pastTime, wholeNumber } from './option-values.js';
import { plainJson, plainText } from './terminal/plain-text.js';
import { table, type Column } from './terminal/table.js';
import { usageError } from './usage-error.js';
import { withDatabase } from './with-database.js';

interface FilterOptions {
  readonly since?: EpochMs;
  readonly case?: string;
  readonly actor?: string;
}

/** A row as JSON: what its hash was calculated from stands in it unchanged (docs/security.md). */
type RowView = Omit<AuditRow, 'at'> & { readonly at: string };

const COLUMNS: readonly Column<AuditRow>[] = [
  { title: 'row', cell: ({ seq }) => String(seq), align: 'right' },
  { title: 'at', cell: ({ at }) => localTime(new Date(at).toISOString()) },
  { title: 'who', cell: ({ actor }) => actor, shrinksTo: 8 },
  { title: 'what', cell: ({ action }) => action },
  { title: 'case', cell: ({ caseId }) => caseId ?? '' },
  { title: 'result', cell: ({ result }) => result },
  { title: 'with', cell: ({ detail }) => (detail === '{}' ? '' : detail), shrinksTo: 12 },
];
const ROWS_AT_ONCE = 1_000;

/** `mqi audit list|verify|export`. */
export function auditCommand({ program, now, run }: CommandHost): void {
  const audit = program.command('audit').description('who did what, when, to which case');
  const filtered = (name: string, description: string): Command =>
    audit
      .command(name)
      .description(description)
      .option('--since <time>', 'only since then: 2026-11-23, 2026-11-23T08:00, 90m, 12h, 7d', pastTime(now))
      .option('--case <id>', 'only of this case, by its whole id')
      .option('--actor <who>', 'only by this one, such as cli:NAME, web:NAME, web:token, control-file');
  filtered('list', 'list what was done, newest first')
    .option('--limit <n>', 'at most so many', wholeNumber(1), 100)
    .option('--json', 'print {"entries":[...]}')
    .action((options: FilterOptions & { readonly limit: number }, command: Command) =>
      run(command, (context) => list(context, options)),
    );
  filtered('export', 'write all of it, oldest first, to stdout')
    .option('--csv', 'as CSV (RFC 4180)')
    .option('--json', 'as {"entries":[...]}')
    .action((options: FilterOptions & { readonly csv?: boolean }, command: Command) =>
      run(command, (context) => exportRows(context, options)),
    );
  audit
    .command('verify')
    .description('check that nothing was changed, removed, put between or cut off')
    .option('--head <row:hash...>', 'a head noted elsewhere (printed by verify, or from the log)', head)
    .option('--json', 'print {"sound": ..., "head": ..., "anchors": ..., "findings":[...]}')
    .action(({ head: noted = [] }: { readonly head?: readonly AuditHead[] }, command: Command) =>
      run(command, (context) => verify(context, noted)),
    );
}

async function list(context: CommandContext, options: FilterOptions & { readonly limit: number }): Promise<ExitCode> {
  const rows = await withDatabase(context, (ports) => ports.get(AuditTrail).list(filterOf(options), options.limit));
  const text = (): string =>
    rows.length === 0 ? 'no entries\n' : `${table(rows, COLUMNS, context.terminal.columns).join('\n')}\n`;
  context.terminal.out(context.json ? plainJson({ entries: rows.map(viewOf) }) : text());
  return EXIT.done;
}

async function exportRows(
  context: CommandContext,
  { csv, ...options }: FilterOptions & { readonly csv?: boolean },
): Promise<ExitCode> {
  if ((csv === true) === context.json) throw usageError('export wants --csv or --json', 'give one of them');
  const out = (text: string): void => {
    context.terminal.out(text);
  };
  let separator = '';
  out(csv === true ? CSV_HEAD : '{"entries":[\n');
  await withDatabase(context, async (ports) => {
    const trail = ports.get(AuditTrail);
    for (let after = 0; ;) {
      const rows = await trail.following(filterOf(options), ROWS_AT_ONCE, after);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.seq;
      const lines = rows.map((row) => (csv === true ? csvLine(row) : JSON.stringify(viewOf(row))));
      out(csv === true ? lines.join('') : `${separator}${lines.join(',\n')}\n`);
      separator = ',';
    }
  });
  if (csv !== true) out(']}\n');
  return EXIT.done;
}

async function verify(context: CommandContext, noted: readonly AuditHead[]): Promise<ExitCode> {
  const {
    head: found,
    anchors,
    findings,
  } = await withDatabase(context, (ports) => ports.get(AuditTrail).verify(noted));
  const sound = findings.length === 0;
  const rows = String(found?.seq ?? 0);
  const words = found === null ? '' : `, head ${rows}:${found.hash}`;
  const text = sound
    ? `sound: ${rows} rows, ${String(anchors)} of them noted elsewhere${words}\n`
    : findings.map(({ seq, what }) => `row ${String(seq)}: ${plainText(what)}\n`).join('');
  context.terminal.out(context.json ? plainJson({ sound, head: found, anchors, findings }) : text);
  return sound ? EXIT.done : EXIT.failed;
}

const filterOf = ({ since, case: caseId, actor }: FilterOptions): AuditFilter => ({
  ...(since !== undefined && { since }),
  ...(caseId !== undefined && { caseId }),
  ...(actor !== undefined && { actor }),
});

const viewOf = (row: AuditRow): RowView => ({ ...row, at: new Date(row.at).toISOString() });

function head(text: string, before: readonly AuditHead[] = []): readonly AuditHead[] {
  const [, seq, hash] = /^([1-9]\d{0,9}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) throw new InvalidArgumentError('Wanted: ROW:HASH.');
  return [...before, { seq: Number(seq), hash }];
}

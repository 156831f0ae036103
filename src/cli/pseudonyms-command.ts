import type { Command } from 'commander';
import { operator } from '../domain/errors.js';
import type { Pseudonym } from '../domain/pseudonym.js';
import { PseudonymStore } from '../ports/pseudonym-store.js';
import { localTime } from './case-columns.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plainJson } from './terminal/plain-text.js';
import { table, type Column } from './terminal/table.js';
import { withDatabase } from './with-database.js';

const isoTime = (at: number): string => new Date(at).toISOString();

const COLUMNS: readonly Column<Pseudonym>[] = [
  { title: 'kind', cell: ({ kind }) => kind },
  { title: 'original', cell: ({ original }) => original, shrinksTo: 16 },
  { title: 'stands there as', cell: ({ replacement }) => replacement, shrinksTo: 16 },
  { title: 'key', cell: ({ scope }) => scope.slice(0, 8) },
  { title: 'since', cell: ({ at }) => localTime(isoTime(at)) },
];

/** `mqi pseudonyms TEXT`. Never a list of all: what is asked for is one patient or object that somebody must be told of. */
export function pseudonymsCommand({ program, run }: CommandHost): void {
  program
    .command('pseudonyms')
    .argument('<text>', 'a pseudonym, a patient ID, a UID of either side, or the id of a case')
    .description('show who or what stands behind a pseudonym of a research target, or which pseudonym stands for whom')
    .option('--json', 'print {"pseudonyms":[...]}')
    .action((text: string, _options: unknown, command: Command) => run(command, (context) => show(context, text)));
}

async function show(context: CommandContext, text: string): Promise<ExitCode> {
  const found = await withDatabase(context, (ports) => ports.get(PseudonymStore).find(text));
  if (found.length === 0) {
    throw operator('pseudonym.not-found', 'no pseudonym stands for this, and it is none', {
      remedy: 'give the whole text: parts of it are not looked for',
    });
  }
  const pseudonyms = found.map(({ at, ...pseudonym }) => ({ ...pseudonym, at: isoTime(at) }));
  const { terminal } = context;
  terminal.out(context.json ? plainJson({ pseudonyms }) : `${table(found, COLUMNS, terminal.columns).join('\n')}\n`);
  return EXIT.done;
}

import type { Command } from 'commander';
import { CaseQueries } from '../ports/case-queries.js';
import { UploadTargets } from '../ports/upload-target.js';
import { targetView, unseenTarget, type TargetView } from '../workflow/target-view.js';
import { localTime } from './case-columns.js';
import type { CommandContext, CommandHost, PortSource } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { localTimes } from './terminal/local-times.js';
import { plainJson } from './terminal/plain-text.js';
import { table, type Column } from './terminal/table.js';
import { withDatabase } from './with-database.js';

const COLUMNS: readonly Column<TargetView>[] = [
  { title: 'target', cell: ({ name }) => name },
  { title: 'kind', cell: ({ kind, optional }) => (optional ? `${kind}, optional` : kind) },
  { title: 'state', cell: ({ state }) => state },
  { title: 'waiting', cell: ({ waiting }) => String(waiting), align: 'right' },
  { title: 'last success', cell: ({ lastSuccessAt }) => localTime(lastSuccessAt) },
  { title: 'last failure', cell: ({ lastFailureAt }) => localTime(lastFailureAt) },
  { title: 'next try', cell: ({ nextProbeAt }) => localTime(nextProbeAt) },
  {
    title: 'why',
    cell: ({ error }) => (error === null ? '' : localTimes(`${error.message}; ${error.remedy}`)),
    shrinksTo: 20,
  },
];

/** `mqi targets`. */
export function targetsCommand({ program, run }: CommandHost): void {
  program
    .command('targets')
    .description(
      'show upload targets: whether each works, how many cases wait there, when it last did, why it does not',
    )
    .option('--json', 'print {"targets":[...]}')
    .action((_options: unknown, command: Command) => run(command, showTargets));
}

async function showTargets(context: CommandContext): Promise<ExitCode> {
  const targets = await withDatabase(context, configuredTargets);
  const text = (): string => `${table(targets, COLUMNS, context.terminal.columns).join('\n')}\n`;
  context.terminal.out(context.json ? plainJson({ targets }) : text());
  return EXIT.done;
}

/** In the order of the configuration; what the service last found of each. */
export async function configuredTargets(ports: PortSource): Promise<readonly TargetView[]> {
  const known = await ports.get(CaseQueries).targets();
  return ports.get(UploadTargets).map(({ name, kind, optional = false }) => {
    const record = known.find(({ target }) => target.name === name);
    return record === undefined ? unseenTarget({ name, kind, optional }) : targetView({ ...record, kind, optional });
  });
}

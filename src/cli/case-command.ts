import type { Command } from 'commander';
import { CaseQueries } from '../ports/case-queries.js';
import { caseDetailView } from '../workflow/case-view.js';
import { outlookOf } from '../workflow/outlook.js';
import { receiptsCsv } from '../domain/receipt-view.js';
import { caseText } from './case-text.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { settingsOf } from './configuration.js';
import { findCase, noSuchCase } from './find-case.js';
import { plainJson } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

/** `mqi case ID`. */
export function caseCommand({ program, run }: CommandHost): void {
  program
    .command('case')
    .argument('<id>', 'id of the case, or any unambiguous start of it or of the folder name')
    .description('show one case: beams, steps and attempts, history, receipts, why it waits')
    .option('--json', 'print the case as one JSON object')
    .option('--receipts', 'print its receipts alone, as CSV; with --json {"receipts":[...]}')
    .action((id: string, { receipts }: { receipts?: boolean }, command: Command) =>
      run(command, (context) => showCase(context, id, receipts === true)),
    );
}

async function showCase(context: CommandContext, wanted: string, receiptsOnly: boolean): Promise<ExitCode> {
  const { record, outlook } = await withDatabase(context, async (ports) => {
    const queries = ports.get(CaseQueries);
    const found = await queries.record((await findCase(queries, wanted)).id);
    return { record: found, outlook: await outlookOf(queries, context.now(), settingsOf(context).execution.slots) };
  });
  if (record === null) throw noSuchCase(wanted);
  const view = caseDetailView(record, context.now(), outlook);
  const { receipts } = view;
  if (receiptsOnly) context.terminal.out(context.json ? plainJson({ receipts }) : receiptsCsv(receipts));
  else context.terminal.out(context.json ? plainJson(view) : caseText(view, context.terminal.columns));
  return EXIT.done;
}

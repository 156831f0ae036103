import type { Command } from 'commander';
import { DeliveryControl } from '../ports/delivery-control.js';
import { CaseQueries } from '../ports/case-queries.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { changeLine, viewOf } from './control-cases.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { findCase } from './find-case.js';
import { plainJson } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

/** `mqi deliver`. */
export function deliverCommand({ program, run }: CommandHost): void {
  program
    .command('deliver')
    .argument('<id>', 'id of the case, or any unambiguous start of it or of the folder name')
    .description('deliver the results again and prove it again, also of a completed case; the service does it')
    .option('--target <name>', 'only to this upload target')
    .option('--json', 'print the case')
    .action((id: string, { target }: { target?: string }, command: Command) =>
      run(command, (context) => deliver(context, id, target ?? null)),
    );
}

async function deliver(context: CommandContext, wanted: string, target: string | null): Promise<ExitCode> {
  const view = await withDatabase(context, async (ports) => {
    const { id } = await findCase(ports.get(CaseQueries), wanted);
    const kase = await ports.get(DeliveryControl).deliver(id, target, context.actor);
    return viewOf(ports, kase, context.now());
  });
  context.terminal.out(context.json ? plainJson(view) : changeLine(view));
  return EXIT.done;
}

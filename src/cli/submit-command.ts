import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CaseControl } from '../ports/case-control.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { changeLine, viewOf } from './control-cases.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plainJson } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

/** `mqi submit DIR`. */
export function submitCommand({ program, run }: CommandHost): void {
  program
    .command('submit')
    .argument('<dir>', 'a folder of an inbox, as a path from here or from the inbox')
    .description('take a folder now, without waiting for the watcher')
    .option('--json', 'print the case')
    .action((dir: string, _options: unknown, command: Command) => run(command, (context) => submit(context, dir)));
}

async function submit(context: CommandContext, dir: string): Promise<ExitCode> {
  const fromHere = resolve(context.cwd, dir);
  const view = await withDatabase(context, async (ports) => {
    const kase = await ports.get(CaseControl).submit(existsSync(fromHere) ? fromHere : dir, context.actor);
    return viewOf(ports, kase, context.now());
  });
  context.terminal.out(context.json ? plainJson(view) : changeLine(view));
  return EXIT.done;
}

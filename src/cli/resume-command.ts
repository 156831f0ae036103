import type { Command } from 'commander';
import type { CommandHost } from './command-context.js';
import { controlCase } from './control-case.js';

/** `mqi resume ID`. */
export function resumeCommand({ program, run }: CommandHost): void {
  program
    .command('resume')
    .argument('<id>', 'id of the case, or any unambiguous start of it or of the folder name')
    .description('let a held case go on')
    .option('--json', 'print the case')
    .action((id: string, _options: unknown, command: Command) =>
      run(command, (context) => controlCase(context, id, (control, kase) => control.resume(kase.id, context.actor))),
    );
}

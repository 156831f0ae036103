import type { Command } from 'commander';
import type { CommandHost } from './command-context.js';
import { controlCase } from './control-case.js';

/** `mqi cancel ID`. */
export function cancelCommand({ program, run }: CommandHost): void {
  program
    .command('cancel')
    .argument('<id>', 'id of the case, or any unambiguous start of it or of the folder name')
    .description('end the case and its jobs')
    .option('--json', 'print the case')
    .action((id: string, _options: unknown, command: Command) =>
      run(command, (context) => controlCase(context, id, (control, kase) => control.cancel(kase.id, context.actor))),
    );
}

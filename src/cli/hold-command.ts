import type { Command } from 'commander';
import type { CommandHost } from './command-context.js';
import { controlCase } from './control-case.js';

/** `mqi hold ID --reason TEXT`. */
export function holdCommand({ program, run }: CommandHost): void {
  program
    .command('hold')
    .argument('<id>', 'id of the case, or any unambiguous start of it or of the folder name')
    .description('start nothing new for the case until it is resumed; what runs goes on')
    .requiredOption('--reason <text>', 'why, for those who find it held')
    .option('--json', 'print the case')
    .action((id: string, { reason }: { reason: string }, command: Command) =>
      run(command, (context) =>
        controlCase(context, id, (control, kase) => control.hold(kase.id, reason, context.actor)),
      ),
    );
}

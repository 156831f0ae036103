import type { Command } from 'commander';
import type { CommandHost } from './command-context.js';
import { controlCase } from './control-case.js';
import { wholeNumber } from './option-values.js';

/** `mqi priority ID N`. */
export function priorityCommand({ program, run }: CommandHost): void {
  program
    .command('priority')
    .argument('<id>', 'id of the case, or any unambiguous start of it or of the folder name')
    .argument('<n>', 'higher goes first; cases start with 0', wholeNumber(-1000, 1000))
    .description('let the case go before or after others')
    .option('--json', 'print the case')
    .action((id: string, priority: number, _options: unknown, command: Command) =>
      run(command, (context) =>
        controlCase(context, id, (control, kase) => control.setPriority(kase.id, priority, context.actor)),
      ),
    );
}

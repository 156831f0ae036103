import type { Command } from 'commander';
import type { CommandHost } from './command-context.js';
import { settingsOf } from './configuration.js';
import { EXIT } from './exit-code.js';

/** How the line with the address of the live page begins. */
export const PAGE_LINE = 'web page: ';

/** `mqi start [--once]`. */
export function startCommand({ program, run }: CommandHost): void {
  program
    .command('start')
    .description('run the service in the foreground, until Ctrl-C or SIGTERM; jobs that run then go on')
    .option('--once', 'end when nothing is left to do; exit code 1 if any case failed')
    .action(({ once }: { once?: boolean }, command: Command) =>
      run(command, async (context) => {
        const { wiring, signal, terminal } = context;
        // The token goes to a person's terminal only: what is written elsewhere may be kept and read by others.
        const announce = (served: { readonly address: string; readonly pageUrl: string }): void => {
          terminal.out(`${PAGE_LINE}${terminal.interactive ? served.pageUrl : served.address}\n`);
        };
        const exit = await wiring.runService(settingsOf(context), { once: once === true, signal, announce });
        return exit === 0 ? EXIT.done : EXIT.failed;
      }),
    );
}

import type { Command } from 'commander';
import type { CommandHost } from './command-context.js';
import { settingsOf } from './configuration.js';
import { EXIT } from './exit-code.js';
import { wholeNumber } from './option-values.js';

const LONGEST_WAIT_S = 86_400;

/** How the line with the address of the live page begins. */
export const PAGE_LINE = 'web page: ';

/** `mqi start [--once] [--wait SECONDS]`. */
export function startCommand({ program, run }: CommandHost): void {
  program
    .command('start')
    .description('run the service in the foreground, until Ctrl-C or SIGTERM; jobs that run then go on')
    .option('--once', 'end when nothing is left to do; exit code 1 if any case failed')
    .option(
      '--wait <seconds>',
      'if another service holds the root or the database, wait so long for it to end; otherwise refuse at once',
      wholeNumber(0, LONGEST_WAIT_S),
      0,
    )
    .action(({ once, wait }: { once?: boolean; wait: number }, command: Command) =>
      run(command, async (context) => {
        const { wiring, signal, terminal } = context;
        // The token goes to a person's terminal only: what is written elsewhere may be kept and read by others.
        const settings = settingsOf(context);
        // Who reads JSON lines there is not to meet another line.
        const where = settings.logging.stdout === 'json' ? 'err' : 'out';
        const announce = (served: { readonly address: string; readonly pageUrl: string }): void => {
          terminal[where](`${PAGE_LINE}${terminal.interactive ? served.pageUrl : served.address}\n`);
        };
        const waitMs = wait * 1000;
        const exit = await wiring.runService(settings, { once: once === true, waitMs, signal, announce });
        return exit === 0 ? EXIT.done : EXIT.failed;
      }),
    );
}

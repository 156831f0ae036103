import { Command, CommanderError } from 'commander';
import { ConfigError, problemText } from '../config/config-problem.js';
import { toCaseError } from '../domain/errors.js';
import { productVersion } from '../web/product-version.js';
import { commandsFor } from './commands.js';
import type { CommandBody, ConfigFlags, Surroundings, Terminal } from './command-context.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-code.js';
import { failureLine } from './failure-line.js';

interface GlobalOptions extends ConfigFlags {
  readonly json?: boolean;
}

/**
 * The whole command line: parses, runs the command, prints what went wrong as one line on stderr.
 * @param argv the arguments alone, without node and script
 */
export async function runProgram(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const program = emptyProgram(surroundings);
  const run = async (command: Command, body: CommandBody): Promise<void> => {
    const { json, config, root } = command.optsWithGlobals<GlobalOptions>();
    const flags = { ...(config !== undefined && { config }), ...(root !== undefined && { root }) };
    exit = await body({ ...surroundings, flags, json: json === true });
  };
  for (const add of await commandsFor(argv)) add({ program, now: surroundings.now, run });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    return failed(thrown, surroundings.terminal);
  }
}

/** Says what went wrong: one line, or one for each mistake in the configuration. */
function failed(thrown: unknown, terminal: Terminal): ExitCode {
  if (thrown instanceof ConfigError) {
    const remedy = 'mend the configuration; mqi config check looks at it again';
    for (const found of thrown.problems) terminal.err(failureLine({ message: problemText(found), remedy }));
    return EXIT.usage;
  }
  const error = toCaseError(thrown);
  terminal.err(failureLine(error));
  return exitCodeOf(error);
}

/** Options of the program stand before or after the name of the command. */
function emptyProgram({ terminal }: Surroundings): Command {
  return new Command('mqi')
    .description('Watches a share for proton-therapy cases, runs one dose job per beam, delivers DICOM RT Dose.')
    .version(productVersion(), '--version', 'print the version')
    .option('--config <file>', 'configuration file (else MQI_CONFIG, else config/mqi.yaml)')
    .option('--root <dir>', 'folder that holds inbox, work, outbox, logs and database')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 no such case, 4 refused.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        terminal.out(text);
      },
      writeErr: (text) => {
        terminal.err(text);
      },
      outputError: (text) => {
        const message = text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ');
        terminal.err(failureLine({ message, remedy: 'see: mqi --help' }));
      },
    });
}

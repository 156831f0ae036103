import type { Command } from 'commander';
import { checkConfig } from '../config/check-config.js';
import { configJsonSchema } from '../config/config-json-schema.js';
import { problemText } from '../config/config-problem.js';
import { shownConfig, shownConfigText } from '../config/show-config.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { configRequest, configuration } from './configuration.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plainJson, plainText } from './terminal/plain-text.js';

/** `mqi config show|check|schema`. */
export function configCommand({ program, run }: CommandHost): void {
  const config = program.command('config').description('look at the configuration');
  config
    .command('show')
    .description('effective values and where each comes from')
    .option('--json', 'print {"file": ..., "values":[...]}')
    .action((_options: unknown, command: Command) => run(command, show));
  config
    .command('check')
    .description('say everything that is wrong with it')
    .option('--json', 'print {"ok": ..., "file": ..., "problems":[...]}')
    .action((_options: unknown, command: Command) => run(command, check));
  config
    .command('schema')
    .description('JSON Schema of the configuration file, for editors')
    .option('--json', 'changes nothing: a schema is JSON')
    .action((_options: unknown, command: Command) => run(command, schema));
}

function show(context: CommandContext): Promise<ExitCode> {
  const shown = shownConfig(configuration(context));
  context.terminal.out(context.json ? plainJson(shown) : `${linesOf(shownConfigText(shown))}\n`);
  return Promise.resolve(EXIT.done);
}

function check(context: CommandContext): Promise<ExitCode> {
  const report = checkConfig(configRequest(context));
  const text = report.ok
    ? `the configuration is sound (${report.file ?? 'no file; defaults apply'})`
    : report.problems.map(problemText).join('\n');
  context.terminal.out(context.json ? plainJson(report) : `${linesOf(text)}\n`);
  return Promise.resolve(report.ok ? EXIT.done : EXIT.usage);
}

function schema(context: CommandContext): Promise<ExitCode> {
  context.terminal.out(plainJson(configJsonSchema()));
  return Promise.resolve(EXIT.done);
}

const linesOf = (text: string): string => text.split('\n').map(plainText).join('\n');

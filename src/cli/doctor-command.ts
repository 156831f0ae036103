import type { Command } from 'commander';
import type { CommandContext, CommandHost } from './command-context.js';
import { allChecks } from './doctor/all-checks.js';
import type { Finding } from './doctor/finding.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { localTimes } from './terminal/local-times.js';
import { plainJson, plainText } from './terminal/plain-text.js';

/** `mqi doctor`. */
export function doctorCommand({ program, run }: CommandHost): void {
  program
    .command('doctor')
    .description('check everything the configuration promises; what is wrong comes with its remedy')
    .option('--engine-test', 'run the test beam also while the service runs, whose jobs may hold the GPU')
    .option('--json', 'print {"ok": ..., "checks":[...]}')
    .action(({ engineTest = false }: { readonly engineTest?: boolean }, command: Command) =>
      run(command, (context) => doctor(context, engineTest)),
    );
}

async function doctor(context: CommandContext, engineTest: boolean): Promise<ExitCode> {
  const checks = await allChecks(context, { engineTest, storing: true });
  const ok = checks.every(({ result }) => result !== 'fail');
  context.terminal.out(context.json ? plainJson({ ok, checks }) : checks.map(lines).join(''));
  return ok ? EXIT.done : EXIT.failed;
}

function lines({ name, result, message, remedy }: Finding): string {
  const line = `${result.padEnd(4)}  ${plainText(name)}: ${plainText(localTimes(message))}\n`;
  return remedy === null ? line : `${line}      -> ${plainText(remedy)}\n`;
}

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CaseQueries } from '../ports/case-queries.js';
import { Database } from '../ports/database.js';
import { UploadTargets } from '../ports/upload-target.js';
import { WorkFolders } from '../ports/work-folders.js';
import { checkFiles } from '../workflow/file-check.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plainJson, plainText } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

/** `mqi db migrate|backup FILE|check`. */
export function dbCommand({ program, run }: CommandHost): void {
  const db = program.command('db').description('database upkeep');
  db.command('migrate')
    .description('bring the database to the version of this program')
    .option('--json', 'print {"applied":[...]}')
    .action((_options: unknown, command: Command) => run(command, migrate));
  db.command('backup')
    .argument('<file>', 'new file for the copy')
    .description('write a consistent copy, also while the service runs')
    .option('--json', 'print {"file": ...}')
    .action((file: string, _options: unknown, command: Command) => run(command, (context) => backup(context, file)));
  db.command('check')
    .description('check that the database is sound, and the files are what it says')
    .option('--json', 'print {"sound": ..., "problems":[...]}')
    .action((_options: unknown, command: Command) => run(command, check));
}

/** Opening the database migrates it as well; the names are those of both. */
async function migrate(context: CommandContext): Promise<ExitCode> {
  const applied = await withDatabase(context, (ports) => ports.get(Database).migrate());
  const text =
    applied.length === 0 ? 'the database is up to date\n' : applied.map((name) => `applied ${name}\n`).join('');
  context.terminal.out(context.json ? plainJson({ applied }) : text);
  return EXIT.done;
}

async function backup(context: CommandContext, name: string): Promise<ExitCode> {
  const file = resolve(context.cwd, name);
  await withDatabase(context, (ports) => ports.get(Database).backup(file));
  context.terminal.out(context.json ? plainJson({ file }) : `${plainText(file)}\n`);
  return EXIT.done;
}

async function check(context: CommandContext): Promise<ExitCode> {
  const problems = await withDatabase(context, async (ports) => [
    ...(await ports.get(Database).check()),
    ...(await checkFiles({
      queries: ports.get(CaseQueries),
      targets: ports.get(UploadTargets),
      folders: ports.get(WorkFolders),
    })),
  ]);
  const sound = problems.length === 0;
  const text = sound
    ? 'the database and the files are sound\n'
    : problems.map((problem) => `${plainText(problem)}\n`).join('');
  context.terminal.out(context.json ? plainJson({ sound, problems }) : text);
  return sound ? EXIT.done : EXIT.failed;
}

import { open, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { legacyConfig, legacyConfigYaml, openLines, reportLines } from '../config/legacy/legacy-config.js';
import { operator } from '../domain/errors.js';
import { systemCode } from '../files/system-code.js';
import { LegacyCases, LegacyReader } from '../ports/legacy-history.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plainJson, plainText } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

/** How every SQLite database begins (https://www.sqlite.org/fileformat.html). */
const SQLITE_MAGIC = 'SQLite format 3\0';
/** A configuration is a few kilobytes. */
const MOST_BYTES = 2 ** 20;

/** `mqi import-legacy FILE [--to FILE]`. */
export function importLegacyCommand({ program, run }: CommandHost): void {
  program
    .command('import-legacy')
    .argument('<file>', 'config.yaml of the predecessor, or its SQLite database')
    .description('take over what the predecessor left: its configuration as ours, its cases as history')
    .option('--to <file>', 'new file for the configuration; without it, it is printed')
    .option('--json', 'print {"config": ..., "report":[...], "open":[...]}, or {"cases": ..., "remarks":[...]}')
    .action((file: string, { to }: { readonly to?: string }, command: Command) =>
      run(command, async (context) => {
        const path = resolve(context.cwd, file);
        return (await isDatabase(path)) ? importHistory(context, path) : importConfig(context, path, to);
      }),
    );
}

const unreadable = (what: string, cause: unknown): Error =>
  operator('legacy.unreadable', `${what} of the predecessor cannot be read`, {
    remedy: 'name its config.yaml or its SQLite file, by a user who may read it',
    cause,
  });

async function isDatabase(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const head = Buffer.alloc(SQLITE_MAGIC.length);
      await file.read(head, 0, head.length, 0);
      return head.toString('latin1') === SQLITE_MAGIC;
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw unreadable('this file', thrown);
  }
}

async function importConfig(context: CommandContext, path: string, to: string | undefined): Promise<ExitCode> {
  const taken = await readConfig(path);
  const { values, report, open: openQuestions } = taken;
  const yaml = legacyConfigYaml(taken);
  const file = to === undefined ? null : resolve(context.cwd, to);
  if (file !== null) await writeNew(file, yaml);
  const lines = [
    ...reportLines(report),
    ...openLines(openQuestions),
    `wrote ${file ?? ''}; look at it by: mqi config check`,
  ];
  const text = file === null ? yaml : lines.join('\n');
  const printed = text.split('\n').map(plainText).join('\n');
  context.terminal.out(
    context.json ? plainJson({ config: values, report, open: openQuestions, file }) : `${printed}\n`,
  );
  return EXIT.done;
}

async function readConfig(path: string): Promise<ReturnType<typeof legacyConfig>> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MOST_BYTES) throw new Error('beyond 1 MiB');
    return legacyConfig(text);
  } catch (thrown) {
    throw unreadable('the configuration', thrown);
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o640 });
  } catch (thrown) {
    const isThere = systemCode(thrown) === 'EEXIST';
    throw operator('legacy.not-written', isThere ? `${file} is there already` : `${file} cannot be written`, {
      remedy: 'name a new file in a folder of yours',
      cause: thrown,
    });
  }
}

async function importHistory(context: CommandContext, path: string): Promise<ExitCode> {
  const { cases, remarks } = await withDatabase(context, async (ports) => {
    const history = await ports.get(LegacyReader).read(path);
    await ports.get(LegacyCases).keep(history.cases);
    return history;
  });
  const lines = [...remarks, `${String(cases.length)} cases of the predecessor; see them by: mqi cases --legacy`];
  const text = lines.map((line) => `${plainText(line)}\n`).join('');
  context.terminal.out(context.json ? plainJson({ cases: cases.length, remarks }) : text);
  return EXIT.done;
}

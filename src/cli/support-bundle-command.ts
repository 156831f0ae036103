import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { operator, type CaseError } from '../domain/errors.js';
import { Host } from '../ports/host.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { settingsOf } from './configuration.js';
import { allChecks } from './doctor/all-checks.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { writeArchive } from './support/archive.js';
import { makeBundle } from './support/make-bundle.js';
import { PARTS, type Part } from './support/parts.js';
import type { Leak } from './support/scan-files.js';
import { plainJson, plainText } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

interface Options {
  readonly output?: string;
  readonly without?: readonly Part[];
}

/** `mqi support-bundle [ID]`. */
export function supportBundleCommand({ program, run }: CommandHost): void {
  program
    .command('support-bundle')
    .argument('[id]', 'only this case')
    .description('write what support needs to know into one .tar.gz, without patient data and secrets')
    .option('--output <file>', 'where to (default: mqi-support-TIME.tar.gz here)')
    .option(`--without <part>`, `leave a part out: ${PARTS.join(', ')}; may be given several times`, addPart)
    .option('--json', 'print {"file": ..., "files":[...]}')
    .action((id: string | undefined, options: Options, command: Command) =>
      run(command, (context) => supportBundle(context, id, options)),
    );
}

function addPart(text: string, before: readonly Part[] = []): readonly Part[] {
  const part = PARTS.find((one) => one === text);
  if (part === undefined) throw new InvalidArgumentError(`one of ${PARTS.join(', ')}`);
  return [...before, part];
}

/** A bundle is asked for where something is wrong: nothing is sent anywhere for it. */
const ONLY_LOOK = { engineTest: false, storing: false };

async function supportBundle(
  context: CommandContext,
  wanted: string | undefined,
  { output, without = [] }: Options,
): Promise<ExitCode> {
  const settings = settingsOf(context);
  const stamp = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `mqi-support-${stamp}`;
  const target = resolve(context.cwd, output ?? `${name}.tar.gz`);
  // Opens the database itself, and closes it.
  const findings = without.includes('doctor') ? [] : await allChecks(context, ONLY_LOOK);
  const files = await withDatabase(context, async (ports) => {
    const bundle = await makeBundle(context, settings, ports, { wanted, without, findings });
    if (bundle.leaks.length > 0) throw refused(bundle.leaks);
    await writeArchive(target, name, bundle.files, ports.get(Host));
    return bundle.files.map(({ path }) => path);
  });
  const text = `${plainText(target)}\n${String(files.length)} files; look into it before you send it\n`;
  context.terminal.out(context.json ? plainJson({ file: target, files }) : text);
  return EXIT.done;
}

/** Says where and what kind of thing, never the thing. */
function refused(leaks: readonly Leak[]): CaseError {
  const places = leaks.slice(0, 5).map(({ path, what }) => `${what} in ${path}`);
  const more = leaks.length > places.length ? ` and ${String(leaks.length - places.length)} more` : '';
  const parts = new Set(leaks.map(({ path }) => path.split(/[/.]/)[0] ?? ''));
  const remedy = [...parts].map((part) => `--without ${part}`).join(' ');
  return operator(
    'support.identity-found',
    `nothing was written: the bundle would hold a ${places.join(', a ')}${more}`,
    {
      remedy: `find out how it got there, and leave that out: mqi support-bundle ${remedy}`,
    },
  );
}

import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { diskError } from '../files/disk-error.js';
import { makeFolders } from '../files/make-folders.js';
import { CaseMaker } from '../ports/case-maker.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { settingsOf } from './configuration.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { wholeNumber } from './option-values.js';
import { presentUmask } from './own-umask.js';
import { plainJson, plainText } from './terminal/plain-text.js';

interface MakeCaseOptions {
  readonly beams: number;
  readonly layers: number;
  readonly spots: number;
  readonly seed: number;
  readonly ct: boolean;
  readonly logs?: boolean;
}

/** `mqi make-case DIR`. */
export function makeCaseCommand({ program, run }: CommandHost): void {
  program
    .command('make-case')
    .argument('<dir>', 'folder to make; must not exist')
    .description('make a synthetic case (valid DICOM, no real patient) for demonstration and tests')
    .option('--beams <n>', 'treatment beams', wholeNumber(1, 99), 3)
    .option('--layers <n>', 'energy layers of each beam', wholeNumber(1, 500), 10)
    .option('--spots <n>', 'spots of each layer', wholeNumber(1, 10_000), 25)
    .option('--seed <n>', 'the same seed gives the same bytes', wholeNumber(0, 0xffffffff), 1)
    .option('--no-ct', 'the plan alone, without water-phantom CT and structure set')
    .option('--logs', 'with delivery logs')
    .option('--json', 'print {"folder": ...}')
    .action((dir: string, options: MakeCaseOptions, command: Command) =>
      run(command, (context) => makeCase(context, dir, options)),
    );
}

async function makeCase(context: CommandContext, dir: string, options: MakeCaseOptions): Promise<ExitCode> {
  const folder = resolve(context.cwd, dir);
  const callers = presentUmask();
  const ports = await context.wiring.build(settingsOf(context));
  // Folders above the case may become a root and its inbox, which patients' cases come into: as closed as `umask` says.
  await makeFolders(dirname(folder)).catch((thrown: unknown) => {
    throw diskError(thrown);
  });
  // The case holds no patient, and the service that is to read it mostly has another account: as open as the caller has it.
  process.umask(callers);
  await ports.get(CaseMaker).make(folder, {
    beams: options.beams,
    layers: options.layers,
    spotsPerLayer: options.spots,
    withCt: options.ct,
    withDeliveryLogs: options.logs === true,
    seed: options.seed,
  });
  context.terminal.out(context.json ? plainJson({ folder }) : `${plainText(folder)}\n`);
  return EXIT.done;
}

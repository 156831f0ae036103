import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { CaseMaker } from '../ports/case-maker.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { settingsOf } from './configuration.js';
import { runDemo } from './demo/run-demo.js';
import { ServiceProcess } from './demo/service-process.js';
import type { ExitCode } from './exit-code.js';
import { plainText } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';
import { makeFolders } from '../files/make-folders.js';

/** Settled soon, since nobody copies slowly here; any free port, since the usual one may be taken. */
const DEMO_CONFIG = `# Made by npm run demo.
intake:
  quietSeconds: 1
  minFreeGiB: 0.5
web:
  port: 0
`;

/** Three beams of a few seconds each on two cores. */
const DEMO_CASE = { beams: 3, layers: 14, spotsPerLayer: 49, withCt: true, withDeliveryLogs: true, seed: 1 };

/** `mqi demo`, which is `npm run demo`. */
export function demoCommand({ program, run }: CommandHost): void {
  program
    .command('demo')
    .description('make a synthetic case in a folder of its own and show it on its way to RT Dose')
    .option('--keep', 'leave the service running until Ctrl-C')
    .action(({ keep }: { keep?: boolean }, command: Command) =>
      run(command, (context) => demo(context, keep === true)),
    );
}

/** The user's own configuration has no say here: neither the file nor the variables. */
async function demo(called: CommandContext, keep: boolean): Promise<ExitCode> {
  const wanted = called.flags.root;
  const root = wanted === undefined ? await mkdtemp(join(tmpdir(), 'mqi-demo-')) : resolve(called.cwd, wanted);
  const config = join(root, 'mqi.yaml');
  await makeFolders(root);
  await writeFile(config, DEMO_CONFIG);
  const env = Object.fromEntries(Object.entries(called.env).filter(([name]) => !name.startsWith('MQI_')));
  const context: CommandContext = { ...called, env, flags: { config, root } };
  const { inbox } = settingsOf(context).intake;
  const folder = freeName(inbox);
  called.terminal.out(`making a synthetic case in ${plainText(join(inbox, folder))}\n`);
  return withDatabase(context, async (ports) => {
    await ports.get(CaseMaker).make(join(inbox, folder), DEMO_CASE);
    const service = new ServiceProcess(['--config', config, '--root', root], env);
    try {
      return await runDemo({ context, ports, service, folder, root, keep });
    } finally {
      await service.stop();
    }
  });
}

function freeName(inbox: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? 'demo' : `demo-${String(number)}`;
    if (!existsSync(join(inbox, name))) return name;
  }
}

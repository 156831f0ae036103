import type { Command } from 'commander';
import { BeamModels } from '../ports/beam-models.js';
import { Database } from '../ports/database.js';
import { DiskSpace } from '../ports/disk-space.js';
import { Engine } from '../ports/engine.js';
import { FarHosts } from '../ports/far-hosts.js';
import { GpuFinder } from '../ports/gpu-finder.js';
import { inboxesOf } from '../ports/inbox-settings.js';
import { Inboxes } from '../ports/inboxes.js';
import { InstanceLock } from '../ports/instance-lock.js';
import { Scheduler } from '../ports/scheduler.js';
import type { Settings } from '../ports/settings.js';
import { UploadTargets } from '../ports/upload-target.js';
import type { CommandContext, CommandHost, PortSource } from './command-context.js';
import { configuration } from './configuration.js';
import { checkFreeSpace, checkRoot } from './doctor/disk-checks.js';
import { checkInbox, checkStrays, inboxLine } from './doctor/inbox-checks.js';
import { checkBeamModels, checkEngine, checkPlaces } from './doctor/engine-checks.js';
import { engineTestLeftOut, placesToTest, testEngine } from './doctor/engine-test.js';
import { fine, finding, type Finding } from './doctor/finding.js';
import { checkDatabase, checkTarget, checkWebPort, serviceFinding } from './doctor/service-checks.js';
import { farHostLines } from './doctor/host-checks.js';
import { EXIT, type ExitCode } from './exit-code.js';
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
  const checks = await findings(context, engineTest);
  const ok = checks.every(({ result }) => result !== 'fail');
  context.terminal.out(context.json ? plainJson({ ok, checks }) : checks.map(lines).join(''));
  return ok ? EXIT.done : EXIT.failed;
}

/** One check after the other: some look at what others hold open. */
async function findings(context: CommandContext, engineTest: boolean): Promise<readonly Finding[]> {
  const { settings, file } = configuration(context);
  const ports = await context.wiring.build(settings);
  const found: Finding[] = [fine('configuration', file ?? 'no file; defaults apply')];
  const look = async (name: string, check: () => Promise<Finding | readonly Finding[]>): Promise<void> => {
    found.push(...(await finding(name, check)));
  };
  await look('root', () => checkRoot(settings));
  await look('disk', () => checkFreeSpace(settings, ports.get(DiskSpace)));
  const inboxes = ports.get(Inboxes);
  for (const inbox of inboxesOf(settings)) {
    await look(inboxLine(inbox), () => checkInbox(inbox, inboxes.guardOf(inbox.name)));
    await look(inboxLine(inbox), () => checkStrays(inbox, inboxes));
  }
  await look('database', () => checkDatabase(settings, ports.get(Database)));
  let running = false;
  await look('service', async () => {
    const holder = await ports.get(InstanceLock).holder();
    running = holder !== null;
    return serviceFinding(holder);
  });
  await look('web', () => checkWebPort(settings, running));
  for (const host of ports.get(FarHosts)) await look(`host ${host.name}`, () => farHostLines(host));
  await look('GPUs', () => checkPlaces(ports.get(GpuFinder), settings));
  await look('engine', () => checkEngine(settings, context.env['PATH'] ?? ''));
  await look('beam models', () => checkBeamModels(settings, ports.get(BeamModels)));
  await look('engine test', () => tryEngine(settings, ports, context.signal, engineTest || !running));
  for (const target of ports.get(UploadTargets)) await look(`upload ${target.name}`, () => checkTarget(target));
  return found;
}

/** Not beside a running service that calculates on GPUs, unless asked for: its jobs hold them. */
async function tryEngine(
  settings: Settings,
  ports: PortSource,
  signal: AbortSignal,
  freely: boolean,
): Promise<readonly Finding[]> {
  const places = placesToTest(await ports.get(GpuFinder).find());
  if (places.some(({ kind }) => kind === 'gpu') && !freely) return [engineTestLeftOut()];
  const tested = { engine: ports.get(Engine), scheduler: ports.get(Scheduler), models: ports.get(BeamModels) };
  const found: Finding[] = [];
  for (const place of places) {
    const name = places.length === 1 ? 'engine test' : `engine test on ${place.host}`;
    const its = await finding(name, () => testEngine(tested, settings, place, signal));
    found.push(...its.map((one) => ({ ...one, name })));
  }
  return found;
}

function lines({ name, result, message, remedy }: Finding): string {
  const line = `${result.padEnd(4)}  ${plainText(name)}: ${plainText(message)}\n`;
  return remedy === null ? line : `${line}      -> ${plainText(remedy)}\n`;
}

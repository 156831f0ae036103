import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, type Command } from 'commander';
import { operator } from '../domain/errors.js';
import { writeWholeFile } from '../files/whole-file.js';
import { Host } from '../ports/host.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { configuration, settingsOf } from './configuration.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { systemdUnit, UNIT_MARK } from './service/systemd-unit.js';
import { plainJson, plainText } from './terminal/plain-text.js';

const PROGRAM = fileURLToPath(new URL('../cli.js', import.meta.url));
const UNIT_FOLDER = '/etc/systemd/system';
/** Stopping waits for the service to let go. */
const SYSTEMCTL_LIMIT_MS = 120_000;

interface UnitOptions {
  readonly name: string;
  readonly folder: string;
}
interface MakeOptions extends UnitOptions {
  readonly user: string;
  readonly environmentFile: string;
  readonly writable: readonly string[];
}

/** `mqi service install|uninstall|print`. */
export function serviceCommand({ program, run }: CommandHost): void {
  const service = program.command('service').description('run it by systemd');
  const withMaking = (command: Command): Command =>
    command
      .option('--user <name>', 'account that the service runs as', accountName, 'mqi')
      .option('--environment-file <file>', 'passwords and MQI_ variables; may be missing', '/etc/mqi/mqi.env')
      .option('--writable <dir...>', 'further folders that engines or programs of the site write to', []);
  const withPlace = (command: Command): Command =>
    command
      .option('--name <unit>', 'name of the unit', accountName, 'mqi')
      .option('--folder <dir>', 'where units are; elsewhere than by default, only the file is written', UNIT_FOLDER);

  withMaking(service.command('print'))
    .description('print the unit for this configuration')
    .option('--json', 'print {"unit": ...}')
    .action((options: MakeOptions, command: Command) => run(command, (context) => print(context, options)));
  withPlace(withMaking(service.command('install')))
    .description('write the unit and let systemd start it with the machine')
    .option('--json', 'print {"file": ..., "hints":[...]}')
    .action((options: MakeOptions, command: Command) => run(command, (context) => install(context, options)));
  withPlace(service.command('uninstall'))
    .description('end the service and remove its unit; running engines, configuration and data stay')
    .option('--json', 'print {"file": ...}')
    .action((options: UnitOptions, command: Command) => run(command, (context) => uninstall(context, options)));
}

function accountName(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_.-]{0,30}$/.test(text)) return text;
  throw new InvalidArgumentError('Letters, digits, ".", "_" and "-" are wanted.');
}

function unitFor(context: CommandContext, { user, environmentFile, writable }: MakeOptions): string {
  const { settings, file } = configuration(context);
  const absolute = (path: string): string => resolve(context.cwd, path);
  return systemdUnit({
    node: process.execPath,
    program: PROGRAM,
    configFile: file,
    settings,
    user,
    environmentFile: absolute(environmentFile),
    writable: writable.map(absolute),
  });
}

function print(context: CommandContext, options: MakeOptions): Promise<ExitCode> {
  const unit = unitFor(context, options);
  context.terminal.out(context.json ? plainJson({ unit }) : unit);
  return Promise.resolve(EXIT.done);
}

async function install(context: CommandContext, options: MakeOptions): Promise<ExitCode> {
  const file = unitFile(context, options);
  const unit = unitFor(context, options);
  const { settings, origins } = configuration(context);
  refuseStranger(file);
  const isReal = options.folder === UNIT_FOLDER;
  if (isReal) await refuseUnknownUser(context, options.user);
  await writeWholeFile(file, unit);
  chmodSync(file, 0o644); // it holds no secret, and everybody may read units
  if (isReal) {
    await systemctl(context, 'daemon-reload');
    await systemctl(context, 'enable', `${options.name}.service`);
  }
  const fromEnvironment = Object.keys(origins).filter((key) => origins[key] === 'environment');
  const hints = [
    ...fromEnvironment.map((key) => `${key} came from a variable of yours: put it into ${options.environmentFile}`),
    ...(existsSync(settings.root) ? [] : [`make the folder ${settings.root} and give it to ${options.user}`]),
    `start it: systemctl start ${options.name}; after a change of the unit: systemctl restart ${options.name}`,
  ];
  const lines = [`wrote ${file}`, ...hints].map((line) => `${plainText(line)}\n`).join('');
  context.terminal.out(context.json ? plainJson({ file, hints }) : lines);
  return EXIT.done;
}

async function uninstall(context: CommandContext, options: UnitOptions): Promise<ExitCode> {
  const file = unitFile(context, options);
  if (!existsSync(file)) {
    throw operator('service.not-installed', `there is no ${file}`, { remedy: 'see: systemctl status' });
  }
  refuseStranger(file);
  const isReal = options.folder === UNIT_FOLDER;
  if (isReal) await systemctl(context, 'disable', '--now', `${options.name}.service`);
  rmSync(file);
  if (isReal) await systemctl(context, 'daemon-reload');
  context.terminal.out(context.json ? plainJson({ file }) : `removed ${plainText(file)}\n`);
  return EXIT.done;
}

const unitFile = (context: CommandContext, { folder, name }: UnitOptions): string =>
  join(resolve(context.cwd, folder), `${name}.service`);

function refuseStranger(file: string): void {
  if (!existsSync(file) || readFileSync(file, 'utf8').startsWith(UNIT_MARK)) return;
  throw operator('service.foreign-unit', `${file} was not made by mqi`, {
    remedy: 'give another --name, or move that file away',
  });
}

async function refuseUnknownUser(context: CommandContext, user: string): Promise<void> {
  const host = (await context.wiring.build(settingsOf(context))).get(Host);
  const end = await host.run(['id', '-u', user], SYSTEMCTL_LIMIT_MS);
  if (end.how === 'exited' && end.code === 0) return;
  throw operator('service.no-user', `this machine has no account ${user}`, {
    remedy: `make one: useradd --system --user-group --shell /usr/sbin/nologin ${user}; or name another by --user`,
  });
}

async function systemctl(context: CommandContext, ...args: readonly string[]): Promise<void> {
  const host = (await context.wiring.build(settingsOf(context))).get(Host);
  const end = await host.run(['systemctl', ...args], SYSTEMCTL_LIMIT_MS);
  if (end.how === 'exited' && end.code === 0) return;
  const said = end.how === 'exited' ? (end.stderr.trim().split('\n').at(-1) ?? '') : end.how;
  throw operator('service.systemctl', `systemctl ${args.join(' ')} failed: ${said}`, {
    remedy: 'run it by hand, as root',
  });
}

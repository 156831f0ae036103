import { Option, type Command } from 'commander';
import { toCaseError, operator } from '../domain/errors.js';
import { Clock } from '../ports/clock.js';
import { NotificationChannels, type NotificationChannel } from '../ports/notification-channel.js';
import { testMessage } from '../workflow/notifications/test-message.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { settingsOf } from './configuration.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plainJson } from './terminal/plain-text.js';

/** What became of the message to one channel. */
interface Tried {
  readonly name: string;
  readonly kind: string;
  readonly ok: boolean;
  readonly code: string | null;
  readonly message: string;
  readonly remedy: string | null;
}

/** `mqi notify test [--name NAME]`. */
export function notifyCommand({ program, run }: CommandHost): void {
  program
    .command('notify')
    .description('messages to people (notifications in the configuration)')
    .command('test')
    .description('send a message to every channel now, whether the service runs or not; exit code 1 if one fails')
    .addOption(new Option('--name <name>', 'this channel only'))
    .option('--json', 'print {"ok": ..., "channels":[...]}')
    .action(({ name }: { readonly name?: string }, command: Command) => run(command, (context) => test(context, name)));
}

async function test(context: CommandContext, name: string | undefined): Promise<ExitCode> {
  const ports = await context.wiring.build(settingsOf(context));
  const channels = ports.get(NotificationChannels);
  const meant = channels.filter(({ rule }) => name === undefined || rule.name === name);
  if (meant.length === 0) throw nobody(name, channels);
  const at = ports.get(Clock).now();
  const tried = await Promise.all(meant.map((channel) => tryChannel(channel, at, context.signal)));
  const ok = tried.every((one) => one.ok);
  context.terminal.out(context.json ? plainJson({ ok, channels: tried }) : tried.map(line).join(''));
  return ok ? EXIT.done : EXIT.failed;
}

async function tryChannel(channel: NotificationChannel, at: number, signal: AbortSignal): Promise<Tried> {
  const { rule, kind } = channel;
  try {
    await channel.send(testMessage(rule, at), signal);
    return { name: rule.name, kind, ok: true, code: null, message: 'the message was taken', remedy: null };
  } catch (thrown) {
    const { code, message, remedy } = toCaseError(thrown);
    return { name: rule.name, kind, ok: false, code, message, remedy };
  }
}

const line = ({ name, kind, ok, message, remedy }: Tried): string =>
  `${ok ? 'ok  ' : 'fail'}  ${name} (${kind}): ${message}\n${remedy === null ? '' : `      -> ${remedy}\n`}`;

function nobody(name: string | undefined, channels: readonly NotificationChannel[]) {
  const known = channels.map(({ rule }) => rule.name).join(', ');
  return name === undefined || channels.length === 0
    ? operator('notify.no-channel', 'nobody is to be told anything', { remedy: 'add to notifications.channels' })
    : operator('notify.no-channel', `there is no channel ${name}`, { remedy: `the channels are: ${known}` });
}

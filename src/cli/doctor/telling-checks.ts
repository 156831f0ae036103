import { toCaseError } from '../../domain/errors.js';
import type { NotificationChannel } from '../../ports/notification-channel.js';
import type { TraceExporter } from '../../ports/trace-exporter.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

/** Those of the service say that a message is sent again; here none was. */
const REMEDIES: Readonly<Record<string, string>> = {
  'notify.unreachable': 'start that server, or mend its address (notifications.channels) or the firewall',
  'notify.auth': 'mend login, secret or certificate of the channel, or the file or variable that holds it',
  'notify.refused': 'mend the channel in notifications.channels',
};

/** Whether a channel can be reached, without sending a message: that does `mqi notify test`. */
export async function checkChannel(channel: NotificationChannel, signal: AbortSignal): Promise<Finding> {
  const name = channelName(channel);
  try {
    const { tried, doubt } = await channel.check(signal);
    if (doubt === null) return fine(name, `${channel.kind}, ${tried}`);
    return doubtful(name, `${channel.kind}, ${tried}: ${doubt}`, 'see whether a message is taken: mqi notify test');
  } catch (thrown) {
    const { code, message, remedy } = toCaseError(thrown);
    return broken(name, message, REMEDIES[code] ?? remedy);
  }
}

export const channelName = ({ rule }: NotificationChannel): string => `channel ${rule.name}`;

/** By an export without spans, which a collector takes and forgets. */
export async function checkTraces(exporter: TraceExporter): Promise<Finding> {
  try {
    await exporter.send([]);
    return fine('traces', 'the collector takes an empty export');
  } catch (thrown) {
    const { message } = toCaseError(thrown);
    return broken('traces', message, 'start the collector, or mend telemetry.otlpUrl (path included)');
  } finally {
    await exporter.close();
  }
}

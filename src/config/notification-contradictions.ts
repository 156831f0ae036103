import { against, unknownPlaceholders, type Check, type Contradiction } from './against.js';
import type { Settings } from './settings.js';

type Channel = Settings['notifications']['channels'][number];
type Found = readonly (Contradiction | false)[];

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;
const PLACEHOLDERS = ['{summary}', '{count}', '{codes}'];

/** What of `notifications` does not go together. */
export const notifications: Check = ({ notifications: { channels }, intake }) => {
  const inboxes = ['', ...intake.inboxes.map(({ name }) => name)];
  return channels.flatMap((channel, i) => {
    const key = `notifications.channels[${String(i)}]`;
    return [
      against(
        channels.findIndex(({ name }) => name === channel.name) < i,
        `${key}.name`,
        'must differ from the names of the other channels',
      ),
      against(
        channel[channel.kind] === null,
        `${key}.${channel.kind}`,
        `must be given for a channel of kind ${channel.kind}`,
      ),
      against(
        channel.inboxes?.some((name) => !inboxes.includes(name)) === true,
        `${key}.inboxes`,
        "must hold names of intake.inboxes, or '' for the first one",
      ),
      ...unknownPlaceholders(`${key}.subject`, [channel.subject], PLACEHOLDERS),
      ...webhookProblems(key, channel),
      ...emailProblems(key, channel),
    ];
  });
};

function webhookProblems(key: string, { webhook }: Channel): Found {
  if (webhook === null) return [];
  const { url, secretFile, secretEnv, insecure } = webhook;
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return [
    against(
      secretFile === null && secretEnv === null,
      `${key}.webhook.secretFile`,
      'must be given, or secretEnv: the receiver tells by the signature that a message is ours',
    ),
    against(
      !url.startsWith('https:') && !LOOPBACK.test(host) && !insecure,
      `${key}.webhook.url`,
      'must begin with https: to another machine, unless insecure: true',
    ),
  ];
}

function emailProblems(key: string, { email }: Channel): Found {
  if (email === null) return [];
  const { host, user, security, passwordFile, passwordEnv } = email;
  return [
    against(
      security === 'none' && user !== null && !LOOPBACK.test(host),
      `${key}.email.security`,
      'must not be none with a login: its password would be sent unencrypted',
    ),
    against(
      user !== null && passwordFile === null && passwordEnv === null,
      `${key}.email.passwordFile`,
      'must be given, or passwordEnv, when user is',
    ),
  ];
}

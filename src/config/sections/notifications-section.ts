import { z } from 'zod';
import { NOTIFIED_KINDS } from '../../domain/notification.js';
import { about, choice } from '../choice.js';

const path = { rule: 'null, or a path; relative to root' };
const fileOrNull = z.string().min(1).nullable().default(null);
const envOrNull = z
  .string()
  .regex(/^[A-Za-z_]\w*$/)
  .nullable()
  .default(null);
const variable = { rule: 'null, or the name of an environment variable' };

const webhook = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^/@\s]+(\/[^@\s]*)?$/)
      .meta(about('Where messages are posted as JSON.', { rule: 'an http(s) address without login in it' })),
    secretFile: fileOrNull.meta(about('File whose first line is the secret that signs them.', path)),
    secretEnv: envOrNull.meta(about('The same from this variable of the environment.', variable)),
    ca: fileOrNull.meta(about('Certificates that vouch for the server, PEM; null: those that Node knows.', path)),
    timeoutSeconds: z.number().positive().max(600).default(20).meta(about('For one message.')),
    insecure: z.boolean().default(false).meta(about('Leave to post unencrypted to another machine.')),
  })
  .nullable()
  .default(null)
  .meta(about('Of kind webhook: where.', { rule: 'null, or {url, secretFile or secretEnv ...}' }));

const address = z.string().regex(/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/);

const email = z
  .strictObject({
    host: z
      .string()
      .regex(/^[\w.:-]+$/)
      .meta(about('The mail server (SMTP).', { rule: 'a name or address' })),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .nullable()
      .default(null)
      .meta(about('Its port; null: 587 for starttls, 465 for tls, 25 for none.', { rule: 'null, or 1 to 65535' })),
    security: choice(['starttls', 'tls', 'none'])
      .default('starttls')
      .meta(about('With starttls and tls nothing is sent unencrypted, with none everything is.')),
    ca: fileOrNull.meta(about('Certificates that vouch for the server, PEM; null: those that Node knows.', path)),
    user: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .meta(about('Login; null: none.', { rule: 'null, or a user name' })),
    passwordFile: fileOrNull.meta(about('File whose first line is the password.', path)),
    passwordEnv: envOrNull.meta(about('The same from this variable of the environment.', variable)),
    from: address.meta(about('Sender.', { rule: 'a mail address' })),
    to: z
      .array(address)
      .min(1)
      .meta(about('Receivers.', { rule: 'a list of at least one mail address' })),
    timeoutSeconds: z.number().positive().max(600).default(30).meta(about('For one message.')),
  })
  .nullable()
  .default(null)
  .meta(about('Of kind email: by which server, to whom.', { rule: 'null, or {host, from, to ...}' }));

const names = (description: string, what: string) =>
  z
    .array(z.string())
    .min(1)
    .nullable()
    .default(null)
    .meta(about(description, { rule: `null (all), or a list of ${what}` }));

const channel = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]{1,40}$/)
    .meta(about('What the service calls it.', { rule: 'letters, digits, _ . -' })),
  kind: choice(['webhook', 'email']).meta(about('By webhook, an HTTP server, or by email, a mail server.')),
  events: z
    .array(choice(NOTIFIED_KINDS))
    .min(1)
    .default(NOTIFIED_KINDS.filter((kind) => kind !== 'completed'))
    .meta(about('Of what it is told.', { rule: `a list of ${NOTIFIED_KINDS.join(', ')}` })),
  inboxes: names("Only cases of these inboxes; '' is the first one.", 'names of inboxes'),
  machines: names('Only cases of these treatment machines; a case whose machine is not known is told.', 'machines'),
  onlyAfterMinutes: z
    .number()
    .min(0)
    .max(10_080)
    .default(0)
    .meta(about('Told only if it still stands after so long: a case still held, a target still down.')),
  digestMinutes: z.number().min(0).max(10_080).default(0).meta(about('Collected so long, then told in one message.')),
  maxPerHour: z
    .int()
    .min(1)
    .max(3600)
    .default(30)
    .meta(about('Messages in an hour; what is more is told in one, later.')),
  includeFolderNames: z
    .boolean()
    .default(false)
    .meta(about("Whether messages hold the name of a case's folder, which may name the patient.")),
  subject: z
    .string()
    .min(1)
    .max(200)
    .default('MQI: {summary}')
    .meta(about('First line of a message.', { rule: 'a text with {summary}, {count}, {codes}' })),
  webhook,
  email,
});

export const notificationsSection = z
  .strictObject({
    noProgressMinutes: z
      .number()
      .min(1)
      .max(10_080)
      .default(120)
      .meta(about('For no-progress: an active case, not held, of which nothing has changed for so long.')),
    diskLowGiB: z
      .number()
      .min(0)
      .nullable()
      .default(null)
      .meta(about('For disk-low: less is free; null: twice intake.minFreeGiB.', { rule: 'null, or a number from 0' })),
    channels: z
      .array(channel)
      .default([])
      .meta(
        about('Who is told what. Each entry is a rule of its own; two may reach the same people.', {
          rule: 'list of {name, kind, and webhook or email}',
        }),
      ),
  })
  .prefault({})
  .meta({ description: 'Messages to people (docs/notifications.md). Without patient data unless told otherwise.' });

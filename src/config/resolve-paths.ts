import { resolve } from 'node:path';
import type { Settings } from './settings.js';

/** Makes all paths absolute: `root` from the working directory, the others from the root. */
export function resolvePaths(settings: Settings, cwd: string): Settings {
  const root = resolve(cwd, settings.root);
  const { moqui } = settings.engine;
  const { tls } = settings.web;
  const fromRoot = (path: string | null): string | null => (path === null ? null : resolve(root, path));
  return {
    ...settings,
    root,
    database: { ...settings.database, path: resolve(root, settings.database.path) },
    intake: {
      ...settings.intake,
      inbox: resolve(root, settings.intake.inbox),
      inboxes: settings.intake.inboxes.map((further) => ({ ...further, path: resolve(root, further.path) })),
    },
    engine: { ...settings.engine, moqui: { ...moqui, machineFile: fromRoot(moqui.machineFile) } },
    execution: {
      ...settings.execution,
      hosts: settings.execution.hosts.map((host) => ({
        ...host,
        keyFile: fromRoot(host.keyFile),
        knownHosts: fromRoot(host.knownHosts),
        sshConfig: fromRoot(host.sshConfig),
      })),
    },
    web: { ...settings.web, tls: { ...tls, certFile: fromRoot(tls.certFile), keyFile: fromRoot(tls.keyFile) } },
    notifications: notificationPaths(settings.notifications, fromRoot),
    uploads: settings.uploads.map(({ path, sftp, dicom, dicomweb, deidentify, ...target }) => ({
      ...target,
      path: fromRoot(path),
      sftp: sftp && {
        ...sftp,
        keyFile: fromRoot(sftp.keyFile),
        passwordFile: fromRoot(sftp.passwordFile),
        knownHosts: resolve(root, sftp.knownHosts),
      },
      deidentify: deidentify && { ...deidentify, keyFile: fromRoot(deidentify.keyFile) },
      dicom: dicom && { ...dicom, tls: tlsPaths(dicom.tls, fromRoot) },
      dicomweb: dicomweb && {
        ...dicomweb,
        secretFile: fromRoot(dicomweb.secretFile),
        tls: dicomweb.tls && { ...dicomweb.tls, ...pemPaths(dicomweb.tls, fromRoot) },
      },
    })),
  };
}

const notificationPaths = (
  { channels, ...rest }: Settings['notifications'],
  fromRoot: (path: string | null) => string | null,
): Settings['notifications'] => ({
  ...rest,
  channels: channels.map(({ webhook, email, ...channel }) => ({
    ...channel,
    webhook: webhook && { ...webhook, secretFile: fromRoot(webhook.secretFile), ca: fromRoot(webhook.ca) },
    email: email && { ...email, passwordFile: fromRoot(email.passwordFile), ca: fromRoot(email.ca) },
  })),
});

const pemPaths = (
  { ca, cert, key }: Readonly<Record<'ca' | 'cert' | 'key', string | null>>,
  fromRoot: (path: string | null) => string | null,
): Record<'ca' | 'cert' | 'key', string | null> => ({ ca: fromRoot(ca), cert: fromRoot(cert), key: fromRoot(key) });

type Dicom = NonNullable<Settings['uploads'][number]['dicom']>;

const tlsPaths = (tls: Dicom['tls'], fromRoot: (path: string | null) => string | null): Dicom['tls'] =>
  tls === null ? null : { ...tls, ca: fromRoot(tls.ca) ?? tls.ca, cert: fromRoot(tls.cert), key: fromRoot(tls.key) };

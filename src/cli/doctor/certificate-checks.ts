import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import type { EpochMs } from '../../domain/time.js';
import type { Settings } from '../../ports/settings.js';
import { codeOf } from './is-present.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const ANSWER_MS = 10_000;
const NAME = 'certificates';

interface NamedFile {
  /** Where the configuration names it: `web.tls.certFile`. */
  readonly key: string;
  readonly path: string;
}

interface Peer {
  /** `upload target pacs`, `channel team`. */
  readonly of: string;
  readonly host: string;
  readonly port: number;
}

/** When the certificates of the page, of ours at targets, of those that vouch for others, and of targets and channels end. */
export async function checkCertificates(
  settings: Settings,
  now: EpochMs,
  endOf: (peer: Peer) => Promise<EpochMs | null> = endOfPeer,
): Promise<readonly Finding[]> {
  const files = certificateFiles(settings);
  const peers = peersOf(settings);
  const lines = [
    ...(await Promise.all(files.map((file) => fileLine(file, now)))),
    ...(await Promise.all(peers.map(async (peer) => peerLine(peer, await endOf(peer), now)))),
  ];
  const bad = lines.filter(({ result }) => result !== 'ok');
  if (bad.length > 0) return bad;
  return lines.length === 0
    ? [fine(NAME, 'none is used')]
    : [fine(NAME, lines.map(({ message }) => message).join('; '))];
}

function certificateFiles({ web, uploads, notifications: { channels } }: Settings): readonly NamedFile[] {
  const files = uploads.flatMap(({ name, dicom, dicomweb }) =>
    (
      [
        ['dicom', dicom?.tls],
        ['dicomweb', dicomweb?.tls],
      ] as const
    ).flatMap(([kind, tls]) => [
      { key: `upload ${name}, ${kind}.tls.ca`, path: tls?.ca },
      { key: `upload ${name}, ${kind}.tls.cert`, path: tls?.cert },
    ]),
  );
  const ofChannels = channels.map(({ name, webhook, email }) => ({
    key: `channel ${name}, ca`,
    path: webhook?.ca ?? email?.ca,
  }));
  const all = [{ key: 'web.tls.certFile', path: web.tls.certFile }, ...files, ...ofChannels];
  return all.flatMap(({ key, path }) => (typeof path === 'string' ? [{ key, path }] : []));
}

/** Those that speak TLS from the first byte. */
function peersOf({ uploads, notifications: { channels } }: Settings): readonly Peer[] {
  const targets = uploads.flatMap(({ name, dicom, dicomweb }) => {
    const of = `upload target ${name}`;
    if (dicom !== null && dicom.tls !== null) return [{ of, host: dicom.host, port: dicom.port }];
    return dicomweb === null ? [] : webPeer(of, dicomweb.url);
  });
  const tellers = channels.flatMap(({ name, webhook, email }) => {
    const of = `channel ${name}`;
    if (email?.security === 'tls') return [{ of, host: email.host, port: email.port ?? 465 }];
    return webhook === null ? [] : webPeer(of, webhook.url);
  });
  return [...targets, ...tellers];
}

function webPeer(of: string, url: string): readonly Peer[] {
  if (!url.startsWith('https:')) return [];
  const { hostname, port } = new URL(url);
  return [{ of, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) }];
}

async function fileLine({ key, path }: NamedFile, now: EpochMs): Promise<Finding> {
  try {
    const ends = ((await readFile(path, 'utf8')).match(PEM) ?? []).map((pem) =>
      Date.parse(new X509Certificate(pem).validTo),
    );
    if (ends.length === 0)
      return broken(NAME, `${key}: there is no certificate in the file`, 'give a file in PEM form');
    return endLine(key, Math.min(...ends), now);
  } catch (thrown) {
    return broken(NAME, `${key}: the file cannot be used (${codeOf(thrown)})`, `mend ${key}, or put the file there`);
  }
}

/** Who does not answer has a line of its own. */
const peerLine = ({ of }: Peer, end: EpochMs | null, now: EpochMs): Finding =>
  end === null ? fine(NAME, `that of ${of} cannot be seen`) : endLine(`that of ${of}`, end, now);

function endLine(what: string, end: EpochMs, now: EpochMs): Finding {
  const days = Math.floor((end - now) / DAY_MS);
  const day = new Date(end).toISOString().slice(0, 10);
  if (end <= now) return broken(NAME, `${what}: ended on ${day}`, 'have a new one made');
  return days < SOON_DAYS
    ? doubtful(NAME, `${what}: ends on ${day}, in ${String(days)} days`, 'have a new one made')
    : fine(NAME, `${what}: until ${day}`);
}

/** Only looks: the target's own check tells whether it is trusted. */
function endOfPeer({ host, port }: Peer): Promise<EpochMs | null> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      ...(/^[\d.:]+$/.test(host) ? {} : { servername: host }),
    });
    const end = (at: EpochMs | null): void => {
      socket.destroy();
      resolve(at);
    };
    socket.setTimeout(ANSWER_MS, () => {
      end(null);
    });
    socket.once('error', () => {
      end(null);
    });
    socket.once('secureConnect', () => {
      const at = Date.parse(socket.getPeerCertificate().valid_to);
      end(Number.isNaN(at) ? null : at);
    });
  });
}

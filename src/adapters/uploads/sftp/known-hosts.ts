import { createHmac } from 'node:crypto';

/**
 * The keys a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) holds for a server, as they come over the wire;
 * none where it is not in there. A key marked `@revoked` is taken out; one of a certificate authority is no key of the server.
 * Names may be plain, with `*` and `?`, negated by `!`, or hashed (`HashKnownHosts`).
 */
export function knownKeys(text: string, host: string, port: number): readonly Buffer[] {
  const entries = entriesFor(text, host, port);
  const revoked = entries.filter(({ marker }) => marker === '@revoked');
  return entries
    .filter(({ marker, key }) => marker === null && !revoked.some((bad) => bad.key.equals(key)))
    .map(({ key }) => key);
}

/** Whether the file has nothing for the server but a certificate authority (`@cert-authority`), which is not supported. */
export const hasAuthorityOnly = (text: string, host: string, port: number): boolean =>
  knownKeys(text, host, port).length === 0 &&
  entriesFor(text, host, port).some(({ marker }) => marker === '@cert-authority');

function entriesFor(text: string, host: string, port: number): readonly Entry[] {
  const name = (port === 22 ? host : `[${host}]:${String(port)}`).toLowerCase();
  return text
    .split('\n')
    .map(entryOf)
    .filter(({ names, type, key }) => keyType(key) === type && isNamed(names, name));
}

interface Entry {
  readonly marker: string | null;
  readonly names: string;
  readonly type: string;
  readonly key: Buffer;
}

/** A comment or an empty line has no key of the type it would say. */
function entryOf(line: string): Entry {
  const words = line.trim().split(/\s+/);
  const marker = words[0]?.startsWith('@') === true ? (words.shift() ?? null) : null;
  const [names = '', type = '-', key = ''] = words[0]?.startsWith('#') === true ? [] : words;
  return { marker, names, type, key: Buffer.from(key, 'base64') };
}

/** `ssh-ed25519` and so on: the text a key begins with on the wire (RFC 4253, 6.6); '' where it has none. */
export function keyType(wire: Buffer): string {
  const length = wire.length >= 4 ? wire.readUInt32BE(0) : 0;
  return wire.subarray(4, 4 + length).toString('latin1');
}

function isNamed(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return isHashOf(names, name);
  const patterns = names.toLowerCase().split(',');
  const matching = (pattern: string): boolean => asExpression(pattern).test(name);
  const refused = patterns.some((pattern) => pattern.startsWith('!') && matching(pattern.slice(1)));
  return !refused && patterns.some((pattern) => !pattern.startsWith('!') && matching(pattern));
}

/** `|1|salt|HMAC-SHA1 of the name`, both in base64. */
function isHashOf(names: string, name: string): boolean {
  const [, , salt = '', hash = ''] = names.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

const asExpression = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

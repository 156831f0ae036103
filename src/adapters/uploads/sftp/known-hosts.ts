import { createHmac } from 'node:crypto';

/**
 * The keys a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) holds for a server, as they come over the wire;
 * none where it is not in there. A key marked `@revoked` is taken out; certificate authorities are not known.
 * Names may be plain, with `*` and `?`, negated by `!`, or hashed (`HashKnownHosts`).
 */
export function knownKeys(text: string, host: string, port: number): readonly Buffer[] {
  const name = (port === 22 ? host : `[${host}]:${String(port)}`).toLowerCase();
  const keys: Buffer[] = [];
  const revoked: Buffer[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() : null;
    const [names = '', type = '', key = ''] = words;
    if (names === '' || names.startsWith('#') || marker === '@cert-authority' || !isNamed(names, name)) continue;
    const wire = Buffer.from(key, 'base64');
    if (keyType(wire) === type) (marker === '@revoked' ? revoked : keys).push(wire);
  }
  return keys.filter((key) => !revoked.some((bad) => bad.equals(key)));
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

import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { hasAuthorityOnly, knownKeys } from '../../../../src/adapters/uploads/sftp/known-hosts.js';

/** A key as it comes over the wire: its type, then something. */
const wire = (type: string, rest: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type + rest)]);
};
const ED = wire('ssh-ed25519', 'one');
const RSA = wire('ssh-rsa', 'two');
const line = (names: string, type = 'ssh-ed25519', key = ED): string => `${names} ${type} ${key.toString('base64')}\n`;
const hashed = (name: string): string => {
  const salt = Buffer.from('twenty bytes of salt');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};

describe('the keys a known_hosts file holds for a server', () => {
  const cases: readonly [string, string, string, number, readonly Buffer[]][] = [
    ['a server by its name', line('pacs'), 'pacs', 22, [ED]],
    ['not another server', line('pacs'), 'pacs2', 22, []],
    ['a server on another port by [name]:port', line('[pacs]:2222'), 'pacs', 2222, [ED]],
    ['not the same server on the usual port', line('[pacs]:2222'), 'pacs', 22, []],
    ['not a server on another port by its name alone', line('pacs'), 'pacs', 2222, []],
    ['all its keys', line('pacs') + line('pacs', 'ssh-rsa', RSA), 'pacs', 22, [ED, RSA]],
    ['one of several names', line('a,pacs,10.0.0.1'), '10.0.0.1', 22, [ED]],
    ['a pattern', line('*.clinic.example'), 'pacs.clinic.example', 22, [ED]],
    ['a pattern without what is excepted', line('*.clinic.example,!old.clinic.example'), 'old.clinic.example', 22, []],
    ['a dot as a dot', line('10.0.0.1'), '10a0b0c1', 22, []],
    ['names in capitals alike', line('PACS'), 'pacs', 22, [ED]],
    ['hashed names', line(hashed('pacs')), 'pacs', 22, [ED]],
    ['hashed names with a port', line(hashed('[pacs]:2222')), 'pacs', 2222, [ED]],
    ['not another hashed name', line(hashed('pacs')), 'pacs2', 22, []],
    ['not a revoked key', line('pacs') + line('@revoked pacs'), 'pacs', 22, []],
    ['not the key of an authority', line('@cert-authority pacs'), 'pacs', 22, []],
    ['not a comment', `# ${line('pacs')}`, 'pacs', 22, []],
    ['not a key of another type than it says', line('pacs', 'ssh-rsa', ED), 'pacs', 22, []],
    ['nothing in an empty file', '\n', 'pacs', 22, []],
  ];
  for (const [what, text, host, port, keys] of cases) {
    it(what, () => {
      expect(knownKeys(text, host, port)).to.deep.equal(keys);
    });
  }

  it('says where there is nothing for a server but a certificate authority', () => {
    const authority = line('@cert-authority *.clinic.example');
    expect(hasAuthorityOnly(authority, 'pacs.clinic.example', 22)).to.equal(true);
    expect(hasAuthorityOnly(authority, 'pacs.other.example', 22)).to.equal(false);
    expect(hasAuthorityOnly(authority + line('pacs.clinic.example'), 'pacs.clinic.example', 22)).to.equal(false);
  });
});

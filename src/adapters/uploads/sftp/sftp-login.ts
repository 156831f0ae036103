import { readFile } from 'node:fs/promises';
import type { ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { hasAuthorityOnly, keyType, knownKeys } from './known-hosts.js';
import { noLogin, wrongKey } from './sftp-error.js';
import type { SftpOptions } from './sftp-options.js';

/** How we log in, and what we accept of the server; no secret in it is ever part of a message. */
export interface Login {
  readonly config: ConnectConfig;
  /** The keys of the server that were made known to us. */
  readonly keys: readonly Buffer[];
  readonly password: string | null;
}

const AUTHORITY =
  'is in the file knownHosts by a certificate authority alone (@cert-authority), which is not supported: its own key must stand there';

/** Signature algorithms by preference; without SHA-1. */
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/**
 * Reads keys and secrets.
 * @throws operator `upload.auth` or `upload.host-key` where a file is missing or is not what it should be
 */
export async function readLogin(target: string, options: SftpOptions): Promise<Login> {
  const text = await readText(options.knownHosts).catch((cause: unknown) => {
    throw noLogin(target, 'the file knownHosts cannot be read', cause);
  });
  const keys = knownKeys(text, options.host, options.port);
  if (hasAuthorityOnly(text, options.host, options.port)) throw wrongKey(target, AUTHORITY);
  if (keys.length === 0) throw wrongKey(target, 'is not in the file knownHosts');
  const password = await readPassword(target, options);
  const privateKey = options.keyFile === null ? null : await readKey(target, options.keyFile, password);
  const types = keys.map(keyType);
  // Those we know first, so that a server with several keys shows one of these; the others are left in, so that a server
  // whose key is another one is told from one that cannot be talked to.
  const rank = (name: string): number => (types.includes(name.startsWith('rsa') ? 'ssh-rsa' : name) ? 0 : 1);
  const config: ConnectConfig = {
    username: options.user,
    algorithms: { serverHostKey: [...ALGORITHMS].sort((a, b) => rank(a) - rank(b)) },
    ...(privateKey === null
      ? { password: password ?? '', tryKeyboard: true }
      : { privateKey, ...(password === null ? {} : { passphrase: password }) }),
  };
  return { config, keys, password };
}

async function readPassword(target: string, { passwordFile, passwordEnv }: SftpOptions): Promise<string | null> {
  if (passwordEnv !== null) {
    const value = process.env[passwordEnv]?.split(/\r?\n/)[0] ?? '';
    if (value === '') throw noLogin(target, `the variable ${passwordEnv} is not set`);
    return value;
  }
  if (passwordFile === null) return null;
  const text = await readText(passwordFile).catch((cause: unknown) => {
    throw noLogin(target, 'the file with the password cannot be read', cause);
  });
  return text.split(/\r?\n/)[0] ?? '';
}

async function readKey(target: string, path: string, passphrase: string | null): Promise<string> {
  const text = await readText(path).catch((cause: unknown) => {
    throw noLogin(target, 'the private key cannot be read', cause);
  });
  const { default: ssh2 } = await import('ssh2'); // not loaded before somebody logs in
  const parsed = ssh2.utils.parseKey(text, passphrase ?? undefined);
  if (parsed instanceof Error) throw noLogin(target, 'the private key is none, or its passphrase is another one');
  return text;
}

const readText = (path: string): Promise<string> => readFile(path, 'utf8');

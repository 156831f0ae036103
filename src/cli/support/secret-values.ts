import { readFile } from 'node:fs/promises';
import type { Environment } from '../../config/environment.js';
import type { Settings } from '../../ports/settings.js';
import { webTokenPath } from '../../web/web-token.js';

const SECRET_VARIABLE = /pass|secret|token|credential|api.?key/i;
const SECRET_FILE = /(?:secret|password|key|token)(?:File)?$/i;
const SECRET_POINTER = /(?:secret|password|key|token)Env$/i;
const SHORTEST = 6;
const PEM_LINE = 40;

/** A value that must not leave the house, by what holds it. */
export interface SecretValue {
  /** `database.url`, `uploads.0.sftp.passwordFile`, `environment`. */
  readonly where: string;
  readonly value: string;
}

/** A key of the configuration that points at a secret. */
export interface SecretPointer {
  readonly path: string;
  /** Path of the file, or name of the variable. */
  readonly value: string;
  readonly kind: 'file' | 'variable';
}

export function secretPointers(settings: Settings): readonly SecretPointer[] {
  return [...leaves(settings, '')].flatMap(({ key, path, value }): readonly SecretPointer[] => {
    if (SECRET_POINTER.test(key)) return [{ path, value, kind: 'variable' }];
    return SECRET_FILE.test(key) ? [{ path, value, kind: 'file' }] : [];
  });
}

/** Every secret that the configuration holds or points at, and those of the environment. */
export async function secretValues(settings: Settings, env: Environment): Promise<readonly SecretValue[]> {
  const found: SecretValue[] = [];
  for (const { path, value, kind } of secretPointers(settings)) {
    found.push(...(kind === 'file' ? await inFile(path, value) : [{ where: path, value: env[value] ?? '' }]));
  }
  found.push(...inAddress('database.url', settings.database.url ?? ''));
  found.push(...(await inFile('web token', webTokenPath(settings.root))));
  for (const [name, value] of Object.entries(env)) {
    if (SECRET_VARIABLE.test(name)) found.push({ where: 'environment', value: value ?? '' });
    found.push(...inAddress('environment', value ?? ''));
  }
  return found.filter(({ value }) => value.length >= SHORTEST);
}

interface Leaf {
  readonly key: string;
  readonly path: string;
  readonly value: string;
}

function* leaves(value: unknown, path: string): Generator<Leaf> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (typeof inner === 'string') yield { key, path: at, value: inner };
    else yield* leaves(inner, at);
  }
}

/** The first line of a password file; of a key, its lines. */
async function inFile(where: string, path: string): Promise<readonly SecretValue[]> {
  const text = await readFile(path, 'utf8').catch(() => ''); // away or not for us: doctor says so
  const lines = text.split(/\r?\n/);
  const values = text.includes('-----BEGIN') ? lines.filter((line) => line.length >= PEM_LINE) : lines.slice(0, 1);
  return values.map((value) => ({ where, value }));
}

/** The password of an address, as written and as meant. */
function inAddress(where: string, address: string): readonly SecretValue[] {
  if (!/^[a-z]+:\/\/[^/]*:[^/]*@/i.test(address) || !URL.canParse(address)) return [];
  const { password } = new URL(address);
  return [password, decodeURIComponent(password)].map((value) => ({ where, value }));
}

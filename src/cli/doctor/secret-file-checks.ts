import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.js';
import type { Settings } from '../../ports/settings.js';
import { webTokenPath } from '../../web/web-token.js';
import { secretPointers } from '../support/secret-values.js';
import { codeOf } from './is-present.js';
import { broken, doubtful, fine, type Finding } from './finding.js';

const OTHERS = 0o007;
const GROUP = 0o070;

/** Files that hold secrets, and variables that should: there, and for nobody else to read. */
export async function checkSecretFiles(settings: Settings, env: Environment): Promise<readonly Finding[]> {
  const name = 'secrets';
  const found: Finding[] = [];
  const pointers = secretPointers(settings);
  for (const { path, value, kind } of pointers) {
    const its = kind === 'file' ? await fileLine(name, path, value, 'must') : variableLine(name, path, value, env);
    if (its !== null) found.push(its);
  }
  for (const [what, path] of [
    ['web-token', webTokenPath(settings.root)],
    ['users.json', join(settings.root, 'users.json')],
  ] as const) {
    const its = await fileLine(name, what, path, 'may');
    if (its !== null) found.push(its);
  }
  return found.length > 0 ? found : [fine(name, `${String(pointers.length)} looked at; nobody else may read them`)];
}

async function fileLine(name: string, what: string, path: string, be: 'must' | 'may'): Promise<Finding | null> {
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS) !== 0) {
      return broken(
        name,
        `${what}: everybody on this machine may read it`,
        'chmod 600 that file, and change the secret',
      );
    }
    return (mode & GROUP) === 0 ? null : doubtful(name, `${what}: its group may read it`, 'chmod 600 that file');
  } catch (thrown) {
    if (be === 'may' && codeOf(thrown) === 'ENOENT') return null;
    return broken(name, `${what}: the file cannot be read (${codeOf(thrown)})`, `mend ${what}, or put the file there`);
  }
}

function variableLine(name: string, what: string, variable: string, env: Environment): Finding | null {
  if (env[variable] !== undefined && env[variable] !== '') return null;
  return doubtful(
    name,
    `${what}: the variable ${variable} is not set here`,
    'it must be set where the service is started',
  );
}

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

/** Files that hold secrets, and variables that should: there, and for nobody else to read. What names patients: not for all. */
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
  found.push(...(await openToAll(name, settings)));
  return found.length > 0 ? found : [fine(name, `${String(pointers.length)} looked at; nobody else may read them`)];
}

/** The database has folder names, work folders have plans and CT. Inboxes and targets are shares: others may need them. */
async function openToAll(name: string, { root, database }: Settings): Promise<readonly Finding[]> {
  if (!(await isForOthers(root))) return [];
  const held = [
    ...(database.kind === 'sqlite' ? [{ what: 'the database', path: database.path }] : []),
    { what: 'the work folder', path: join(root, 'work') },
  ];
  const open: string[] = [];
  for (const { what, path } of held) if (await isForOthers(path)) open.push(what);
  if (open.length === 0) return [];
  const message = `everybody on this machine may read ${open.join(' and ')}, which name patients or hold their data`;
  return [doubtful(name, message, 'chmod -R o-rwx them; what is made from now on follows umask (configuration)')];
}

/** What is not there, or not to be looked at, is told by other checks. */
const isForOthers = (path: string): Promise<boolean> =>
  stat(path).then(
    ({ mode }) => (mode & OTHERS) !== 0,
    () => false,
  );

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

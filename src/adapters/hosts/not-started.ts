import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandEnd } from '../../ports/host.js';

/**
 * What it means that the system did not start a program. It answers EACCES also where the program is nowhere and one folder of
 * PATH may not be looked into, as after `su` or `sudo -u` that kept the PATH of another: that is no broken program.
 * @param code of the system, such as ENOENT
 */
export function notStarted(code: string, program: string, searchPath = ''): CommandEnd {
  const isNowhere =
    !program.includes('/') && !searchPath.split(':').some((folder) => existsSync(join(folder, program)));
  if (code === 'ENOENT' || (code === 'EACCES' && isNowhere)) return { how: 'not-found' };
  return { how: 'broken', reason: `it could not be started (${code})` };
}

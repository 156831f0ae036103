import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Published phantom data beside the project, for local and CI checks; null where it is absent. */
export function sharedData(): string | null {
  const folder = fileURLToPath(new URL('../../../shared/data', import.meta.url));
  return existsSync(folder) ? folder : null;
}

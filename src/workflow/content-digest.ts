import { createHash } from 'node:crypto';
import type { AcceptedCase } from '../domain/accepted-case.js';
import type { Inventory } from '../domain/inventory.js';

type OfDeliveries = Pick<AcceptedCase, 'deliveries' | 'referenceFraction'>;

/**
 * What the doses are calculated from: path, size and modification time of every file but the delivery logs of fractions that
 * are not simulated. Two runs of a folder with one key differ in such logs alone.
 */
export function calculationKey(inventory: Inventory, { deliveries, referenceFraction }: OfDeliveries): string {
  // The case folder itself (empty) may hold logs too, but then plan and CT lie beside them.
  const others = deliveries.filter(({ fraction, folder }) => fraction !== referenceFraction && folder !== '');
  const left = new Set(others.map(({ folder }) => folder));
  const logs = new Set(inventory.notDicom.filter((path) => left.has(folderOf(path))));
  return digest(referenceFraction === null ? 'plan' : 'logs', inventory, (path) => !logs.has(path));
}

/** Digest of the files of each delivery, by its folder. */
export function deliveryStamps(
  inventory: Inventory,
  deliveries: AcceptedCase['deliveries'],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    deliveries.map(({ folder }) => [folder, digest('delivery', inventory, (path) => folderOf(path) === folder)]),
  );
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** Over lines of path and stamp in the order of paths; NUL divides the parts, which no name can hold. */
function digest(kind: string, { stamps, unreadable }: Inventory, counts: (path: string) => boolean): string {
  const refused = unreadable.filter(({ path }) => !stamps.has(path)).map(({ path }) => [path, 'refused'] as const);
  const lines = [...stamps, ...refused].filter(([path]) => counts(path)).map(([path, stamp]) => `${path}\0${stamp}\n`);
  const hash = createHash('sha256').update(`${kind}\n`);
  for (const text of lines.sort()) hash.update(text);
  return hash.digest('hex');
}

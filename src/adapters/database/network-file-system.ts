import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { operator } from '../../domain/errors.js';
import { makeOwnFolder } from './own-folder.js';

/** f_type of statfs(2), linux/magic.h: file systems whose locks SQLite cannot trust (https://www.sqlite.org/faq.html#q5). */
const NETWORK: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0x65735546: 'FUSE',
  0x01021997: '9P',
  0x00c36400: 'Ceph',
  0x5346414f: 'AFS',
};

/** Name of the network file system that this f_type means; null for a local one. */
export function networkFileSystem(type: number): string | null {
  return NETWORK[type >>> 0] ?? null;
}

/**
 * Makes the folder of the database file and refuses one on a network file system, where locking is not dependable.
 * @throws operator `service.root-unwritable`, `database.network-file-system`
 */
export async function requireLocalFolder(file: string): Promise<void> {
  const folder = dirname(file);
  await makeOwnFolder(folder, 'database');
  const { type } = await statfs(folder);
  const kind = networkFileSystem(type);
  if (kind === null) return;
  throw operator('database.network-file-system', `the SQLite database would lie on a network file system (${kind})`, {
    remedy: 'set database.path to a local disk, or use PostgreSQL (database.kind, database.url)',
  });
}

import { SqliteInstanceLock } from '../../../src/adapters/database/sqlite-instance-lock.js';

/** A service that only holds the lock of the root given as argument, until it is killed. */
const [root = ''] = process.argv.slice(2);
await new SqliteInstanceLock(root).acquire();
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);

import 'reflect-metadata';
import { aCase } from '../../builders/a-case.js';
import { realStores, sqliteOptions } from '../../real-stores.js';

/** Registers cases, eight at a time, in the database given as argument, and says each id once it is durable. */
const [path = ''] = process.argv.slice(2);
const { database, cases } = realStores(sqliteOptions(path));
await database.open();

async function registerForEver(worker: number): Promise<void> {
  for (let i = 0; ; i++) {
    const { folder, fingerprint } = aCase();
    const id = `w${String(worker)}-${String(i)}`;
    await cases.register({
      id,
      inbox: '',
      folder: `${folder}-${id}`,
      fingerprint,
      priority: 0,
      at: Date.now(),
      actor: 'service',
    });
    process.stdout.write(`${id}\n`);
  }
}
await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(registerForEver));

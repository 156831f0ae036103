import { Database } from '../ports/database.js';
import type { CommandContext, PortSource } from './command-context.js';
import { settingsOf } from './configuration.js';

/** Runs `work` with the product's ports and the database open; closes it however `work` ends. */
export async function withDatabase<T>(context: CommandContext, work: (ports: PortSource) => Promise<T>): Promise<T> {
  const ports = await context.wiring.build(settingsOf(context));
  const database = ports.get(Database);
  await database.open();
  try {
    return await work(ports);
  } finally {
    await database.close();
  }
}

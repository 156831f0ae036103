import { FolderTarget } from '../../src/adapters/uploads/folder-target.js';
import { FakeClock } from '../fakes/fake-clock.js';
import type { Case } from '../../src/domain/case.js';
import type { MadeDose } from '../../src/ports/dose-maker.js';

/*
 * A program to be killed: delivers runs of one folder into an outbox, again and again, and says so line by line.
 * Arguments: outbox, and a list of {kase, doses} as JSON.
 */
const [outbox = '', given = '[]'] = process.argv.slice(2);
const runs = JSON.parse(given) as readonly { readonly kase: Case; readonly doses: readonly MadeDose[] }[];
const target = new FolderTarget({ name: 'outbox', path: outbox, makeMissing: true }, new FakeClock());
const never = new AbortController().signal;

for (const { kase, doses } of runs) {
  const receipts = [];
  for (const dose of doses) receipts.push(await target.deliver(kase, dose, never));
  await target.finish(kase, receipts);
  process.stdout.write(`run ${String(kase.run)} delivered\n`);
}

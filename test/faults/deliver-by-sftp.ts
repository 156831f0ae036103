import type { SftpOptions } from '../../src/adapters/uploads/sftp/sftp-options.js';
import { SftpTarget } from '../../src/adapters/uploads/sftp/sftp-target.js';
import type { Case } from '../../src/domain/case.js';
import type { MadeDose } from '../../src/ports/dose-maker.js';
import { FakeClock } from '../fakes/fake-clock.js';

/*
 * A program to be killed: delivers the objects of a case to an SFTP server, saying so line by line, and writes the marker.
 * What it needs is given as JSON.
 */
const [given = '{}'] = process.argv.slice(2);
const { options, kase, doses } = JSON.parse(given) as {
  readonly options: SftpOptions;
  readonly kase: Case;
  readonly doses: readonly MadeDose[];
};
const target = new SftpTarget({ name: 't', optional: false }, options, new FakeClock());
const never = new AbortController().signal;
process.stdout.write('begun\n');
const receipts = [];
for (const dose of doses) {
  receipts.push(await target.deliver(kase, dose, never));
  process.stdout.write(`${dose.sopInstanceUid}\n`);
}
await target.finish(kase, receipts);
process.exit(0);

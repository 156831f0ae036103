import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SftpOptions } from '../src/adapters/uploads/sftp/sftp-options.js';
import { SftpTarget } from '../src/adapters/uploads/sftp/sftp-target.js';
import type { MadeDose } from '../src/ports/dose-maker.js';
import { aDoseFile } from './builders/a-dose-file.js';
import { FakeClock } from './fakes/fake-clock.js';
import { SftpServer } from './mounts/sftp-server.js';

export const SFTP_TEST_LIMITS = { connectMs: 5_000, answerMs: 5_000, idleMs: 20 };

export const sha256Of = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** What lies in a folder of deliveries, below it too. */
export const deliveredIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(dcm|part|csv|done)$/.test(name))
    : [];

/** An SFTP server for the tests of a `describe`, which are left out where it cannot be had; and what is sent there. */
export function sftpDelivery(temp: { readonly path: string }) {
  let server: SftpServer | null = null;
  before(async function () {
    if (process.getuid?.() !== 0) this.skip(); // such a server needs root
    server = new SftpServer();
    await server.start();
  });
  after(() => server?.stop());

  const running = (): SftpServer => {
    if (server === null) throw new Error('no server');
    return server;
  };
  const dose = (change: Parameters<typeof aDoseFile>[1] = {}): MadeDose =>
    aDoseFile(join(temp.path, 'work', `RD.${String(Math.random())}.dcm`), change);
  return {
    server: running,
    target: (change: Partial<SftpOptions> = {}, limits = SFTP_TEST_LIMITS): SftpTarget =>
      new SftpTarget({ name: 't', optional: false }, running().options(change), new FakeClock(), limits),
    dose,
    /** Some megabytes: many requests each way. */
    largeDose: (sopInstanceUid = '2.25.8'): MadeDose =>
      dose({ sopInstanceUid, content: createHash('sha512').update(sopInstanceUid).digest('hex').repeat(24_000) }),
    there: (folder: string): string => join(running().inbox, folder),
  };
}

import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MadeDose } from '../../src/ports/dose-maker.js';
import { aCase } from '../builders/a-case.js';
import { SftpServer } from '../mounts/sftp-server.js';
import { tempFolder } from '../temp-folder.js';

const PROGRAM = fileURLToPath(new URL('./deliver-by-sftp.js', import.meta.url));
/** Killed when so many objects are there, and none is recorded, and so many milliseconds later. */
const KILLS = [0, 1, 2, 3].flatMap((objects) => [0, 60].map((laterMs) => ({ objects, laterMs })));

describe('delivery to an SFTP server, killed at any moment', () => {
  const temp = tempFolder();
  let server: SftpServer;
  before(async function () {
    if (process.getuid?.() !== 0) this.skip(); // such a server needs root
    server = new SftpServer();
    await server.start();
  });
  after(async () => {
    if (process.getuid?.() === 0) await server.stop();
  });

  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const aDose = (sopInstanceUid: string): MadeDose => {
    const path = join(temp.path, `${sopInstanceUid}.dcm`);
    writeFileSync(path, Buffer.alloc(2_000_000, sopInstanceUid));
    return { path, sopInstanceUid, sha256: sha256(path), bytes: 2_000_000, beamNumber: 1 };
  };
  /** True when it came to its end. */
  const deliver = (work: object, kill: (typeof KILLS)[number] | null): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [PROGRAM, JSON.stringify(work)], { stdio: ['ignore', 'pipe', 'inherit'] });
      let timer: NodeJS.Timeout | undefined;
      let said = '';
      child.stdout.on('data', (bytes: Buffer) => {
        said += bytes.toString('utf8');
        if (kill === null || timer !== undefined || said.split('\n').length <= kill.objects + 1) return;
        timer = setTimeout(() => child.kill('SIGKILL'), kill.laterMs);
      });
      child.on('error', reject);
      child.on('exit', (code) => {
        clearTimeout(timer);
        resolve(code === 0);
      });
    });

  it('shows no half object, and after a repeat each is there once, whole, with no part file', async function () {
    this.timeout(120_000);
    let killed = 0;
    let between = 0;
    for (const [i, kill] of KILLS.entries()) {
      const kase = aCase({ folder: `killed-${String(i)}` });
      const doses = [1, 2, 3].map((n) => aDose(`2.25.${String(i)}0${String(n)}`));
      const work = { options: server.options({ marker: '{caseId}.done' }), kase, doses };
      const place = join(server.inbox, kase.folder);
      if (!(await deliver(work, kill))) killed += 1;
      const present = existsSync(place) ? readdirSync(place).filter((name) => name.endsWith('.dcm')) : [];
      for (const name of present) {
        expect(
          doses.map((dose) => dose.sha256),
          'whole under its name',
        ).to.include(sha256(join(place, name)));
      }
      if (present.length > 0) between += 1;
      expect(await deliver(work, null), 'the repeat ends').to.equal(true);
      const names = doses.map(({ sopInstanceUid }) => `RD.001.${sopInstanceUid}.dcm`);
      expect(readdirSync(place)).to.have.members([...names, `${kase.id}.done`]);
      expect(names.map((name) => sha256(join(place, name)))).to.deep.equal(doses.map((dose) => dose.sha256));
    }
    expect(killed, 'kills that met the program at work').to.be.greaterThan(0);
    expect(between, 'kills with objects there and nothing recorded').to.be.greaterThan(0);
  });
});

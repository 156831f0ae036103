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
const KILLS = 12;
const STEP_MS = 25;

describe('delivery to an SFTP server, killed at any moment', () => {
  const temp = tempFolder();
  let server: SftpServer;
  before(async function () {
    if (process.getuid?.() !== 0) this.skip();
    server = new SftpServer();
    await server.start();
  });
  after(() => server?.stop());

  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const aDose = (sopInstanceUid: string): MadeDose => {
    const path = join(temp.path, `${sopInstanceUid}.dcm`);
    writeFileSync(path, Buffer.alloc(2_000_000, sopInstanceUid));
    return { path, sopInstanceUid, sha256: sha256(path), bytes: 2_000_000, beamNumber: 1 };
  };
  /** SIGKILL so many milliseconds after it has begun, unless null. True when it came to its end. */
  const deliver = (work: object, killAfterMs: number | null): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [PROGRAM, JSON.stringify(work)], { stdio: ['ignore', 'pipe', 'inherit'] });
      let timer: NodeJS.Timeout | undefined;
      child.stdout.once('data', () => {
        if (killAfterMs !== null) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
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
    for (let kill = 0; kill < KILLS; kill += 1) {
      const kase = aCase({ folder: `killed-${String(kill)}` });
      const doses = [1, 2, 3].map((n) => aDose(`2.25.${String(kill)}0${String(n)}`));
      const work = { options: server.options({ marker: '{caseId}.done' }), kase, doses };
      const place = join(server.inbox, kase.folder);
      if (!(await deliver(work, kill * STEP_MS))) killed += 1;
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

import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from '../../src/domain/case.js';
import type { MadeDose } from '../../src/ports/dose-maker.js';
import { aCase } from '../builders/a-case.js';
import { tempFolder } from '../temp-folder.js';

const PROGRAM = fileURLToPath(new URL('./deliver-repeatedly.js', import.meta.url));
const KILLS = 10;

interface Run {
  readonly kase: Case;
  readonly doses: readonly MadeDose[];
}

describe('delivery into a folder, killed at any moment', () => {
  const temp = tempFolder();
  const bytesOf = new Map<string, string>();
  const aRun = (run: number): Run => {
    const kase = aCase({ folder: 'c', run });
    const doses = [1, 2, null].map((beamNumber): MadeDose => {
      const sopInstanceUid = `2.25.${String(run)}${String(beamNumber ?? 9)}`;
      const path = join(temp.path, `${sopInstanceUid}.dcm`);
      const bytes = Buffer.alloc(1_000_000, sopInstanceUid);
      writeFileSync(path, bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      bytesOf.set(sha256, sopInstanceUid);
      return { path, sopInstanceUid, sha256, bytes: bytes.length, beamNumber };
    });
    return { kase, doses };
  };
  /** Runs the program; SIGKILL after so many milliseconds, unless null. True when it came to its end. */
  const deliver = (outbox: string, runs: readonly Run[], killAfterMs: number | null): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [PROGRAM, outbox, JSON.stringify(runs)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let timer: NodeJS.Timeout | undefined;
      if (killAfterMs !== null) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      child.on('error', reject);
      child.on('exit', (code) => {
        clearTimeout(timer);
        resolve(code === 0);
      });
      child.stdout.resume();
    });
  const objectsIn = (folder: string): readonly string[] =>
    readdirSync(folder)
      .filter((name) => /^RD\..*\.dcm$/.test(name))
      .map((name) =>
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      );

  it('never shows half an object, and a repeat ends with each run whole in its place', async function () {
    this.timeout(120_000);
    let killed = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const outbox = join(temp.path, `outbox-${String(kill)}`);
      const runs = [aRun(1), aRun(2)];
      // From before the first write to about the end of the second run.
      if (!(await deliver(outbox, runs, 100 + kill * 20))) killed += 1;
      const before = readdirSync(temp.path).includes(`outbox-${String(kill)}`)
        ? readdirSync(outbox, { recursive: true, encoding: 'utf8' }).filter((name) => /RD\.[^/]*\.dcm$/.test(name))
        : [];
      for (const name of before) {
        const digest = createHash('sha256')
          .update(readFileSync(join(outbox, name)))
          .digest('hex');
        expect(bytesOf.has(digest), `${name} is whole`).to.equal(true);
      }
      expect(await deliver(outbox, runs, null), 'the repeat ends').to.equal(true);
      const folder = join(outbox, 'c');
      const late = runs[1]!;
      expect(objectsIn(folder)).to.have.members(late.doses.map((dose) => dose.sha256));
      expect(objectsIn(join(folder, 'run-1'))).to.have.members(runs[0]!.doses.map((dose) => dose.sha256));
      const all = readdirSync(outbox, { recursive: true, encoding: 'utf8' });
      expect(all.filter((name) => name.endsWith('.part') || name.endsWith('.delivery.json'))).to.deep.equal([]);
      expect(all.filter((name) => name.endsWith('receipt.json'))).to.have.length(2);
    }
    expect(killed, 'kills that met the program at work').to.be.greaterThan(0);
  });
});

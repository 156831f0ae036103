import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAKE_MOQUI, MACHINE_TEXT } from '../builders/a-moqui.js';
import { closeGate, drop, faultSettings, openGate } from '../faults/a-service-with-cases.js';
import { SshServer } from '../mounts/ssh-server.js';
import { removeFolder } from '../remove-folder.js';
import { until } from '../until.js';
import { Service } from './service.js';

/** The stand-in for moqui; its beam data lie beside the root. */
const MOQUI = { kind: 'moqui', moqui: { program: FAKE_MOQUI, machineFile: '../machine.txt', histories: 1_000_000 } };

const PIXELS = ['RD.001.dcm', 'RD.002.dcm'];

describe('a case calculated on another machine', function () {
  this.timeout(90_000);
  const far = mkdtempSync(join(tmpdir(), 'mqi-far-'));
  const server = new SshServer(join(far, 'sshd'));
  before(() => server.start());
  after(async () => {
    await server.stop();
    removeFolder(far);
  });

  /** SHA-256 of the engine's dose of each beam. */
  async function calculated(execution: object, engine: object = {}): Promise<readonly string[]> {
    const service = new Service({ execution, engine });
    try {
      writeFileSync(join(service.place, 'machine.txt'), MACHINE_TEXT);
      service.start();
      await drop(service, 'case');
      const kase = (await service.untilEnded(['case'], 80_000)).get('case');
      expect(kase, JSON.stringify(kase)).to.include({ state: 'completed' });
      for (const name of PIXELS) expect(existsSync(join(service.outbox, 'case', name)), name).to.equal(true);
      const work = join(service.root, 'work', kase?.id ?? '', '1');
      return [1, 2].map((n) => sha256(join(work, `beam-00${String(n)}`, 'attempt-1', 'dose.mha')));
    } finally {
      await service.end();
    }
  }

  const there = (): object => {
    const { configFile, ...reach } = server.reach;
    return {
      slots: 2,
      hosts: [{ name: 'far', kind: 'ssh', ...reach, sshConfig: configFile, workDir: join(far, 'work') }],
    };
  };

  it('gives byte for byte the dose that it gives here', async () => {
    expect(await calculated(there())).to.deep.equal(await calculated({ slots: 2 }));
  });

  it('by moqui too', async () => {
    expect(await calculated(there(), MOQUI)).to.deep.equal(await calculated({ slots: 2 }, MOQUI));
  });

  it('has what a beam reads brought there while the one before it still runs', async () => {
    const service = new Service(faultSettings({ execution: { ...there(), slots: 1 } }));
    const farRoot = { root: join(far, 'work', 'root') };
    mkdirSync(farRoot.root, { recursive: true });
    closeGate(farRoot);
    try {
      service.start();
      await drop(service, 'case');
      const ran = await service.untilCases('a beam runs', ['case'], ({ state }) => state === 'interpreted');
      const work = join(service.root, 'work', ran.get('case')?.id ?? '', '1');
      const beams = [1, 2].map((n) => join(work, `beam-00${String(n)}`));
      const isBrought = (beam: string): boolean =>
        existsSync(join(far, 'work', 'blobs', sha256(join(beam, 'beam.json'))));
      const begun = (): readonly string[] => beams.filter((beam) => existsSync(join(beam, 'attempt-1')));
      await until('what both read is there', () => beams.every(isBrought) && begun().length > 0, 20_000);
      expect(begun()).to.have.length(1);
      openGate(farRoot);
      expect((await service.untilEnded(['case'], 60_000)).get('case')).to.include({ state: 'completed' });
    } finally {
      await service.end();
    }
  });
});

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

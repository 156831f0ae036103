import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { FAKE_MOQUI, MACHINE_TEXT } from '../builders/a-moqui.js';
import { A_CALIBRATED_MACHINE } from '../builders/a-machine.js';
import { dciodvfyErrors, dcmdump, hasDciodvfy, hasDcmtk } from '../dicom-tools.js';
import { Service } from './service.js';

describe('A case calculated by moqui', function () {
  this.timeout(120_000);
  let service: Service | null = null;
  afterEach(async () => {
    await service?.end();
    service = null;
  });

  const SMALL = { beams: 2, layers: 2, spotsPerLayer: 4, seed: 3 };

  async function done(
    settings: Readonly<Record<string, unknown>>,
    withCt: boolean,
    withDeliveryLogs = false,
  ): Promise<readonly string[]> {
    const own = new Service(settings);
    service = own;
    writeFileSync(join(own.place, 'machine.txt'), MACHINE_TEXT);
    const maker = new SyntheticCaseMaker({ pixelSpacingMm: 5, sliceSpacingMm: 5, setupBeam: true });
    await maker.make(join(own.inbox, 'case'), { ...SMALL, withCt, withDeliveryLogs });
    own.start();
    const kase = (await own.untilEnded(['case'], 90_000)).get('case');
    expect(kase?.state).to.equal('completed');
    return readdirSync(own.outbox, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.dcm'))
      .map((entry) => join(entry.parentPath, entry.name));
  }

  const moqui = { program: FAKE_MOQUI, machineFile: '../machine.txt', histories: 2_000_000 };

  it('on its CT, dialect upstream, comes out as RT Dose of each beam and the plan, and says so', async function () {
    if (!hasDcmtk() || !hasDciodvfy()) return this.skip();
    const doses = await done({ engine: { kind: 'moqui', moqui } }, true);
    expect(doses).to.have.length(3);
    for (const dose of doses) {
      expect(dciodvfyErrors(dose)).to.deep.equal([]);
      expect(await dcmdump(dose)).to.contain('moqui upstream');
    }
    const work = join(service?.root ?? '', 'work');
    const record = readdirSync(work, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('record.json'),
    );
    const { beams } = JSON.parse(readFileSync(join(work, record ?? ''), 'utf8')) as {
      beams: { engineRecord: { programSha256: string; inputSha256: string } }[];
    };
    const program = createHash('sha256').update(readFileSync(FAKE_MOQUI)).digest('hex');
    expect(beams.map(({ engineRecord }) => engineRecord.programSha256)).to.deep.equal([program, program]);
    expect(new Set(beams.map(({ engineRecord }) => engineRecord.inputSha256)).size).to.equal(2);
  });

  it('whose program dies over its input fails at the second end alike, in its words, and is not tried four times', async () => {
    const dying = { ...moqui, parameters: { FakeLie: 'abort' } };
    const own = new Service({ engine: { kind: 'moqui', moqui: dying }, processing: { retryDelaySeconds: 1 } });
    service = own;
    writeFileSync(join(own.place, 'machine.txt'), MACHINE_TEXT);
    const maker = new SyntheticCaseMaker({ pixelSpacingMm: 5, sliceSpacingMm: 5 });
    await maker.make(join(own.inbox, 'case'), { ...SMALL, beams: 1, withCt: false, withDeliveryLogs: false });
    own.start();
    const kase = (await own.untilEnded(['case'], 60_000)).get('case');
    expect(kase?.state).to.equal('failed');
    const attempts = readdirSync(join(own.root, 'work'), { recursive: true, encoding: 'utf8' });
    expect(attempts.filter((name) => /attempt-\d+$/.test(name))).to.have.length(2);
    expect(kase?.error?.message).to.match(/Invalid DICOM file .*; twice alike/);
  });

  it('is tried before by mqi doctor: a beam in water, and its range', async () => {
    const own = new Service({ engine: { kind: 'moqui', moqui } });
    service = own;
    writeFileSync(join(own.place, 'machine.txt'), MACHINE_TEXT);
    const { checks } = JSON.parse(await own.mqi('doctor')) as {
      checks: { name: string; result: string; message: string }[];
    };
    const found = checks.find(({ name }) => name === 'engine test');
    expect(found?.result, found?.message).to.equal('ok');
    expect(found?.message).to.match(/^moqui: 100 MeV in water, distal 80 % at 7\d\.\d mm, expected 77\.2 mm/);
  });

  it('in a water phantom, dialect log, comes out too', async () => {
    const log = { ...moqui, dialect: 'log', countsPerMeterset: 2_000_000 };
    const machines = [{ pattern: 'G1', beamModel: 'generic', gantryNumber: 1 }];
    expect(await done({ engine: { kind: 'moqui', moqui: log }, machines }, false)).to.have.length(3);
  });

  it('is calculated from what was delivered, where the case has the logs: dialect log, by the calibration of its machine', async () => {
    const machines = [A_CALIBRATED_MACHINE];
    const engine = { kind: 'moqui', moqui: { ...moqui, dialect: 'log' } };
    const doses = await done({ engine, machines, interpretation: { kind: 'shi-log' } }, false, true);
    expect(doses).to.have.length(3);
    const beam = readFileSync(doses.find((path) => path.endsWith('002.dcm')) ?? '', 'latin1');
    expect(beam).to.contain('delivered').and.to.contain('moqui log');
  });
});

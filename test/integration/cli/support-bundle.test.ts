import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { TypeormLegacyCases } from '../../../src/adapters/database/typeorm-legacy-cases.js';
import { realStores, sqliteOptions } from '../../real-stores.js';
import { tempFolder } from '../../temp-folder.js';
import { AHouse, PATIENT } from './a-house.js';

const HARMLESS = 'the engine ended with code 3';

/** Each identity as it may turn up, in several scripts and escapes. */
const FORMS: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'patient name': [
    'Mustermann^Ännchen',
    'ännchen mustermann',
    'MUSTERMANN, Quendolin',
    'QUENDOLIN_MUSTERMANN',
    'Mustermann',
    Buffer.from('Ännchen', 'latin1'),
    'Aennchen',
    '%C3%84nnchen',
    '%C4nnchen',
    '\\u00c4nnchen',
    '\\\\u00c4nnchen',
    'A\u0308nnchen',
    Buffer.from('Ännchen', 'utf8').toString('latin1'),
  ],
  'patient ID': ['00815-47110', '0081547110', '815-47110', 'ID00815_47110'],
  'birth date': ['19480229', '1948-02-29', '29.02.1948', '29.2.1948', '02/29/1948', '2/29/1948'],
  operator: ['Sauerbruch', 'Ferdinand Sauerbruch', 'ferdinand%5Esauerbruch'],
};

describe('mqi support-bundle', () => {
  const folder = tempFolder();
  let house: AHouse;
  beforeEach(() => {
    house = new AHouse(folder);
  });
  const without = ['--without', 'doctor'];

  it('writes one file that only its owner may read, and in which nobody can be found', async () => {
    await house.furnish(`the folder ${PATIENT.folder} of ${PATIENT.user} is strange`);
    house.write('logs/mqi.log', `{"message":"took zwiebelfisch-7 by ${PATIENT.user}, plan ${PATIENT.label}"}\n`);
    const { exit, err } = await house.run('support-bundle');
    expect({ exit, err }).to.deep.equal({ exit: 0, err: '' });
    expect(house.bundles).to.have.length(1);
    expect(statSync(join(folder.path, house.bundles[0] ?? '')).mode & 0o777).to.equal(0o600);
    const files = house.unpacked();
    expect([...files.keys()].sort()).to.deep.equal([
      'about.json',
      'configuration.json',
      'database.json',
      'disk.json',
      'doctor.json',
      'logs/service.log',
      'timelines.json',
    ]);
    // The free bytes of this machine may hold any digits, those of a year too.
    const all = [...files.values()]
      .join('\n')
      .toLowerCase()
      .replace(/"freebytes": \d+/, '');
    const words = /mustermann|nnchen|quendolin|47110|1948|sauerbruch|ferdinand|zwiebelfisch|xaver|petersilie/;
    expect(words.exec(all)?.[0]).to.equal(undefined);
    expect(all).to.contain(house.caseId);
  });

  it('gives one name the same pseudonym in every file of a bundle, and another one in the next', async () => {
    await house.furnish(`the folder ${PATIENT.folder} is strange`);
    house.write('logs/mqi.log', `{"message":"took ${PATIENT.folder}"}\n`);
    await house.run('support-bundle', ...without);
    const files = house.unpacked();
    const names = [...files.values()].flatMap((text) => text.match(/folder-[a-z]{10}/g) ?? []);
    expect(names.length).to.be.at.least(3);
    expect(new Set(names).size).to.equal(1);
  });

  for (const [kind, forms] of Object.entries(FORMS)) {
    it(`refuses where a log line holds a ${kind}, however it is written`, async () => {
      await house.furnish(HARMLESS);
      for (const form of forms) {
        house.write(
          'logs/mqi.log',
          Buffer.concat([Buffer.from('the case of '), Buffer.from(form), Buffer.from(' came\n')]),
        );
        const { exit, err } = await house.run('support-bundle', ...without);
        expect(err, String(form)).to.contain(`a ${kind} in logs/service.log`);
        expect(exit).to.equal(1);
      }
      expect(house.bundles).to.deep.equal([]);
    });
  }

  it('refuses where an error, the engine or a value of the configuration holds a name, and never says it', async () => {
    const places: readonly (readonly [string, () => Promise<void>])[] = [
      ['timelines.json', () => house.furnish('no dose for Mustermann')],
      ['logs/ctestcase0001/engine-beam-1.log', () => withEngineLine(house, 'reading /in/Mustermann/plan.dcm')],
      [
        'configuration.json',
        () => house.furnish(HARMLESS, 'engine:\n  kind: command\n  command:\n    argv: [/opt/Mustermann/run]\n'),
      ],
    ];
    for (const [index, [place, plant]] of places.entries()) {
      house = new AHouse({ path: join(folder.path, String(index)) });
      await plant();
      const { exit, err } = await house.run('support-bundle', ...without);
      expect(err, place).to.contain(`nothing was written: the bundle would hold a patient name in ${place}`);
      expect(exit).to.equal(1);
      expect(err.toLowerCase()).not.to.contain('mustermann');
      expect(house.bundles).to.deep.equal([]);
    }
  });

  it('refuses where a case of the predecessor is named, which was named after its patient, not for folders above it', async () => {
    await house.furnish(HARMLESS);
    const { database, connections } = realStores(sqliteOptions(join(house.root, 'mqi.sqlite')));
    await database.open();
    const nothing = { createdAt: null, updatedAt: null, retries: 0, error: null, beams: [], steps: [] };
    const old = {
      id: 'knoblauch_otto',
      folder: '/srv/shilogs/knoblauch_otto',
      state: 'failed',
      progress: 0,
      ...nothing,
    };
    await new TypeormLegacyCases(connections).keep([old]);
    await database.close();
    house.write('logs/mqi.log', 'what became of KNOBLAUCH%5FOtto\n');
    const { exit, err } = await house.run('support-bundle', ...without);
    expect([exit, err.includes('a folder name in logs/service.log')]).to.deep.equal([1, true]);
    house.write('logs/mqi.log', 'a look at /srv/shilogs\n');
    expect((await house.run('support-bundle', ...without)).exit).to.equal(0);
  });

  it('takes no comment of the configuration along, and says how to leave a part out', async () => {
    await house.furnish(HARMLESS, '# for Mustermann\nlogging:\n  level: info\n');
    house.write('logs/mqi.log', 'Mustermann\n');
    expect((await house.run('support-bundle', ...without)).err).to.contain('--without logs');
    const { exit } = await house.run('support-bundle', ...without, '--without', 'logs');
    expect(exit).to.equal(0);
    expect([...house.unpacked().values()].join('')).not.to.contain('Mustermann');
  });

  it('refuses where a secret got into a log', async () => {
    house.env = { PACS_PASSWORD: 'correct-horse-battery' };
    await house.furnish(HARMLESS);
    house.write('logs/mqi.log', 'login with correct-horse-battery\n');
    const { err } = await house.run('support-bundle', ...without);
    expect(err).to.contain('a secret (environment) in logs/service.log');
    expect(err).not.to.contain('correct-horse');
  });

  it('says what was too short to be searched for, and holds one case alone when asked', async () => {
    await house.furnish(HARMLESS);
    expect((await house.run('support-bundle', house.caseId, ...without)).exit).to.equal(0);
    const about = JSON.parse(house.unpacked().get('about.json') ?? '') as { searchedFor: { notSearched: unknown } };
    expect(about.searchedFor.notSearched).to.be.an('object');
    expect((await house.run('support-bundle', 'nosuchcase', ...without)).exit).to.equal(3);
  });
});

async function withEngineLine(house: AHouse, line: string): Promise<void> {
  await house.furnish(HARMLESS);
  house.write(`work/${house.caseId}/1/beam-001/attempt-1/engine.log`, `${line}\n`);
}

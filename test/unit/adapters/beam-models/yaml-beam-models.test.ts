import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { YamlBeamModels, type MachinePattern } from '../../../../src/adapters/beam-models/yaml-beam-models.js';
import { toCaseError, type CaseError } from '../../../../src/domain/errors.js';
import { aBeamModel } from '../../../builders/a-pencil-beam-job.js';
import { tempFolder } from '../../../temp-folder.js';

const shipped = join(import.meta.dirname, '../../../../../config/beam-models');

describe('YamlBeamModels', () => {
  const folder = tempFolder();
  const models = (machines: readonly MachinePattern[] = []): YamlBeamModels => {
    for (const name of ['generic', 'one', 'two']) write(name, stringify(aBeamModel({ name })));
    return new YamlBeamModels({ folder: folder.path, machines });
  };
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder.path, `${name}.yaml`), text);
  };
  const failure = async (promise: Promise<unknown>): Promise<CaseError> =>
    promise.then(() => expect.fail('no error'), toCaseError);

  it('takes the first entry that fits', async () => {
    const two = models([
      { pattern: 'G2', beamModel: 'one' },
      { pattern: 'G', beamModel: 'two' },
    ]);
    expect((await two.forMachine('SMC_G2_P')).name).to.equal('one');
    expect((await two.forMachine('SMC_G1_P')).name).to.equal('two');
  });

  it('reads a pattern between slashes as a regular expression, without regard to case', async () => {
    const exact = models([{ pattern: '/^tr[34]$/', beamModel: 'one' }]);
    expect((await exact.forMachine('TR3')).name).to.equal('one');
    expect((await exact.forMachine('TR31')).name).to.equal('generic');
  });

  it('takes * and ? in a piece of the name as wildcards, and all else as it stands', async () => {
    const wild = models([{ pattern: 'a.*1?', beamModel: 'one' }]);
    expect((await wild.forMachine('xA.b12')).name).to.equal('one');
    expect((await wild.forMachine('xAxb12')).name).to.equal('generic');
    expect((await wild.forMachine('xA.b1')).name).to.equal('generic');
  });

  it('says which pattern is no regular expression, and not the name of the machine', async () => {
    const error = await failure(models([{ pattern: '/(/', beamModel: 'one' }]).forMachine('SECRET'));
    expect(error).to.include({ code: 'beam-model.bad-pattern', severity: 'operator' });
    expect(error.message).to.include('/(/').and.not.include('SECRET');
  });

  it('names the wrong places of a model', async () => {
    const all = models();
    const { table, ...rest } = aBeamModel({ name: 'bad' });
    write('bad', stringify({ ...rest, table: [{ ...table[0], protonsPerMu: -1 }], colour: 'red' }));
    const error = await failure(all.byName('bad'));
    expect(error.code).to.equal('beam-model.invalid');
    expect(error.message).to.include('table.0.protonsPerMu').and.include('colour');
  });

  it('refuses energies out of order, another name than the file has, and text that is no YAML', async () => {
    const all = models();
    write('falling', stringify(aBeamModel({ name: 'falling', table: [...aBeamModel().table].reverse() })));
    write('renamed', stringify(aBeamModel({ name: 'one' })));
    write('broken', 'name: [');
    expect((await failure(all.byName('falling'))).message).to.include('energies must rise');
    expect((await failure(all.byName('renamed'))).message).to.include('must be renamed');
    expect((await failure(all.byName('broken'))).message).to.include('not YAML');
  });

  it('ships a generic model for 60-250 MeV with the figures the documentation gives', async () => {
    const model = await new YamlBeamModels({ folder: shipped, machines: [] }).forMachine('TR3');
    const energies = model.table.map(({ energyMeV }) => energyMeV);
    expect([energies[0], energies.at(-1)]).to.deep.equal([60, 250]);
    expect(model.table.find(({ energyMeV }) => energyMeV === 150)?.energySpreadPercent).to.equal(0.6);
    for (const { energySpreadPercent } of model.table) expect(energySpreadPercent).to.be.within(0.6, 1);
  });
});

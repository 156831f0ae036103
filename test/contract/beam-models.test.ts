import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { YamlBeamModels } from '../../src/adapters/beam-models/yaml-beam-models.js';
import { toCaseError } from '../../src/domain/errors.js';
import type { BeamModels } from '../../src/ports/beam-models.js';
import { aBeamModel } from '../builders/a-pencil-beam-job.js';
import { FakeBeamModels } from '../fakes/fake-beam-models.js';
import { tempFolder } from '../temp-folder.js';

const generic = aBeamModel({ name: 'generic' });
const gantry1 = aBeamModel({ name: 'gantry-1', virtualSadMm: [1900, 2300] });

describe('Beam models', () => {
  const folder = tempFolder();
  const kinds: Record<string, () => BeamModels> = {
    'in memory': () => new FakeBeamModels([generic, gantry1], { G1: 'gantry-1', G9: 'gone' }),
    'as YAML files': () => {
      mkdirSync(join(folder.path, 'models'));
      for (const model of [generic, gantry1]) {
        writeFileSync(join(folder.path, 'models', `${model.name}.yaml`), stringify(model));
      }
      const machines = [
        { pattern: 'g1', beamModel: 'gantry-1' },
        { pattern: 'G9', beamModel: 'gone' },
      ];
      return new YamlBeamModels({ folder: join(folder.path, 'models'), machines });
    },
  };
  for (const [kind, make] of Object.entries(kinds)) {
    describe(kind, () => {
      it('gives a machine the model that is configured for it', async () => {
        expect(await make().forMachine('G1')).to.deep.equal(gantry1);
      });

      it('gives any other machine the generic model', async () => {
        expect(await make().forMachine('TR3')).to.deep.equal(generic);
      });

      it('finds a model by its name', async () => {
        expect(await make().byName('gantry-1')).to.deep.equal(gantry1);
      });

      it('holds the case when the model configured for a machine is not there', async () => {
        const error = await make()
          .forMachine('G9')
          .then(() => null, toCaseError);
        expect(error?.code).to.equal('beam-model.missing');
        expect(error?.severity).to.equal('operator');
      });
    });
  }
});

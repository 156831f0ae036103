import type { BeamModel } from '../../src/domain/beam-model.js';
import { operator } from '../../src/domain/errors.js';
import type { BeamModels } from '../../src/ports/beam-models.js';

/** Beam models in memory: by name, and by exact machine name; `generic` for all other machines. */
export class FakeBeamModels implements BeamModels {
  constructor(
    private readonly models: readonly BeamModel[],
    private readonly machines: Readonly<Record<string, string>> = {},
  ) {}

  forMachine(machine: string): Promise<BeamModel> {
    return this.byName(this.machines[machine] ?? 'generic');
  }

  byName(name: string): Promise<BeamModel> {
    const model = this.models.find((one) => one.name === name);
    return model
      ? Promise.resolve(model)
      : Promise.reject(operator('beam-model.missing', `beam model ${name} cannot be read`));
  }
}

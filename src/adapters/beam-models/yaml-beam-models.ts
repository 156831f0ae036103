import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { BeamModel } from '../../domain/beam-model.js';
import { operator, type CaseError } from '../../domain/errors.js';
import { machineEntry } from '../../domain/machine-entry.js';
import { WhileUnchanged } from '../../files/while-unchanged.js';
import type { BeamModels } from '../../ports/beam-models.js';
import { beamModelSchema } from './beam-model-schema.js';

export interface YamlBeamModelsOptions {
  /** Holds NAME.yaml for every model; `generic` among them. */
  readonly folder: string;
  /** The first entry that fits a machine counts. */
  readonly machines: readonly MachinePattern[];
}

export interface MachinePattern {
  /** As domain/machine-entry.ts says. */
  readonly pattern: string;
  readonly beamModel: string;
}

const GENERIC = 'generic';

/** Beam models from YAML files, read again when they were edited: an edited model counts from the next case on. */
export class YamlBeamModels implements BeamModels {
  readonly #models = new WhileUnchanged(readModel);

  constructor(private readonly options: YamlBeamModelsOptions) {}

  /**
   * @throws operator `beam-model.missing`, `beam-model.invalid`, `beam-model.bad-pattern`: texts name the model and the
   * pattern, never the machine (a name out of a plan)
   */
  async forMachine(machine: string): Promise<BeamModel> {
    const entry = machineEntry(this.options.machines, machine);
    return this.byName(entry?.beamModel ?? GENERIC);
  }

  byName(name: string): Promise<BeamModel> {
    return this.#models.of(join(this.options.folder, `${name}.yaml`));
  }
}

async function readModel(path: string): Promise<BeamModel> {
  const name = basename(path, '.yaml');
  const model = beamModelSchema.safeParse(await readYaml(name, path));
  if (!model.success) {
    const wrong = model.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw invalid(name, wrong.join('; '), { cause: model.error });
  }
  if (model.data.name !== name) throw invalid(name, `name: must be ${name}, as its file is called`);
  return model.data;
}

async function readYaml(name: string, path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw operator('beam-model.missing', `beam model ${name} cannot be read`, {
      cause,
      remedy: `put ${name}.yaml among the beam models or name another one under machines, then: mqi resume ID`,
    });
  }
  try {
    return parse(text);
  } catch (cause) {
    throw invalid(name, 'it is not YAML', { cause });
  }
}

const invalid = (name: string, what: string, options: ErrorOptions = {}): CaseError =>
  operator('beam-model.invalid', `beam model ${name}: ${what}`, {
    ...options,
    remedy: `correct ${name}.yaml among the beam models, then: mqi resume ID`,
  });

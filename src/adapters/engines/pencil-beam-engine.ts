import { join } from 'node:path';
import { z } from 'zod';
import { input, permanent } from '../../domain/errors.js';
import type { PencilBeamInput } from '../../domain/pencil-beam-input.js';
import type { BeamModels } from '../../ports/beam-models.js';
import type { BeamFiles, Engine, EngineRequest, EngineResult, ProgressReader } from '../../ports/engine.js';
import type { JobExit, JobRequest } from '../../ports/scheduler.js';
import { readJson, readLogTail, RESULT_NAME, writeInput } from './engine-files.js';
import { shownText } from '../../domain/shown-text.js';
import { filesAhead, placedGeometry, unchanged } from './placed-geometry.js';
import { judgeRun } from './judge-run.js';
import { progressOf } from './progress-line.js';

export interface PencilBeamEngineOptions {
  /** The compiled program, absolute: dist/src/pencil-beam/main.js. */
  readonly programPath: string;
}

/** The program's exit code for a beam it cannot model; its reason is the last line that starts with UNSUPPORTED. */
const EXIT_UNSUPPORTED = 2;
const UNSUPPORTED = 'error engine.unsupported ';

const INPUT_NAME = 'engine-input.json';

const NamesModel = z.object({ beamModel: z.string() });

/** The embedded engine: a program of its own, started with the Node.js that runs us. */
export class PencilBeamEngine implements Engine {
  readonly kind = 'pencil-beam';

  constructor(
    private readonly models: BeamModels,
    private readonly options: PencilBeamEngineOptions,
  ) {}

  ahead(beam: BeamFiles): Promise<readonly string[]> {
    return filesAhead(beam);
  }

  async prepare(request: EngineRequest): Promise<JobRequest> {
    const { folder, beamInputPath, gpuUuids, there = unchanged, installedThere = unchanged } = request;
    const named = NamesModel.safeParse(await readJson(beamInputPath, 'the input of the beam'));
    if (!named.success) throw permanent('engine.input', 'beam.json names no beam model');
    const beamModel = await this.models.byName(named.data.beamModel);
    const geometry = await placedGeometry(request);
    const engineInput: PencilBeamInput = {
      beamInputPath: there(beamInputPath),
      geometryPath: there(geometry.path),
      beamModel,
    };
    const inputPath = join(folder, INPUT_NAME);
    await writeInput(inputPath, `${JSON.stringify(engineInput)}\n`);
    const output = join(folder, RESULT_NAME);
    const programs = [process.execPath, this.options.programPath].map(installedThere);
    const argv = [...programs, '--input', there(inputPath), '--output', there(output)];
    return { folder, argv, env: {}, gpuUuids, inputs: [beamInputPath, geometry.path, ...geometry.reads] };
  }

  readProgress(): ProgressReader {
    return progressOf;
  }

  async judge(request: EngineRequest, exit: JobExit): Promise<EngineResult> {
    if (exit.how === 'exited' && exit.code === EXIT_UNSUPPORTED) {
      const said = (await readLogTail(request.folder)).findLast((line) => line.startsWith(UNSUPPORTED));
      const why = said === undefined ? 'it does not say why' : shownText(said.slice(UNSUPPORTED.length));
      throw input('engine.unsupported', `the engine cannot model this beam: ${why}`, {
        remedy: 'calculate this plan with another engine, or export it without what the engine cannot model',
      });
    }
    return judgeRun(request, exit);
  }
}

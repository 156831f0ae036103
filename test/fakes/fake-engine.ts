import { join } from 'node:path';
import { transient } from '../../src/domain/errors.js';
import type { BeamFiles, Engine, EngineRequest, EngineResult, ProgressReader } from '../../src/ports/engine.js';
import type { JobExit, JobRequest } from '../../src/ports/scheduler.js';

/** An engine whose every run that ends with 0 is good, unless the test sets a judgement. Lines `37%` are progress. */
export class FakeEngine implements Engine {
  readonly kind = 'fake';
  readonly prepared: EngineRequest[] = [];
  /** Beams for which something was made ahead, in order. */
  readonly madeAhead: BeamFiles[] = [];
  readonly judged: { readonly request: EngineRequest; readonly exit: JobExit }[] = [];
  /** Throws what the run shall be judged as; by default exit 0 is good and all else a crash. */
  judgement: (request: EngineRequest, exit: JobExit) => void = (_request, exit) => {
    if (exit.how !== 'exited') throw transient('engine.lost', exit.reason);
    if (exit.code !== 0) throw transient('engine.crashed', `the engine ended with exit code ${String(exit.code)}`);
  };
  prepareFailure: ((request: EngineRequest) => Error | null) | null = null;

  ahead(beam: BeamFiles): Promise<readonly string[]> {
    this.madeAhead.push(beam);
    return Promise.resolve([beam.beamInputPath]);
  }

  prepare(request: EngineRequest): Promise<JobRequest> {
    const failure = this.prepareFailure?.(request) ?? null;
    if (failure !== null) return Promise.reject(failure);
    this.prepared.push(request);
    const { folder, gpuUuids, beamNumber } = request;
    return Promise.resolve({ folder, gpuUuids, argv: ['engine', String(beamNumber)], env: {} });
  }

  readProgress(): ProgressReader {
    return (line) => {
      const found = /^(\d+)%$/.exec(line);
      return found === null ? null : Number(found[1]);
    };
  }

  judge(request: EngineRequest, exit: JobExit): Promise<EngineResult> {
    this.judged.push({ request, exit });
    return new Promise((resolve) => {
      this.judgement(request, exit);
      const grid = { originMm: [0, 0, 0], spacingMm: [2, 2, 2], size: [3, 3, 3] } as const;
      resolve({ path: join(request.folder, 'dose.mha'), grid, maxGy: 1, remarks: [] });
    });
  }
}

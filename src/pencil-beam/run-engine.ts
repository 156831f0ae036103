import { beamDose } from './beam-dose.js';
import { loadMedium } from './load-medium.js';
import { readInput } from './read-input.js';
import { remarksOn } from './remarks.js';
import { writeDose } from './write-dose.js';

export interface EngineOptions {
  /** engine-input.json. */
  readonly inputPath: string;
  /** The .mha to write; remarks.json goes beside it. */
  readonly outputPath: string;
  readonly threads: number;
}

/** One beam from its input files to its dose file. `progress` is told percent, never falling, ending at 100. */
export async function runEngine(options: EngineOptions, progress: (percent: number) => void): Promise<void> {
  const job = await readInput(options.inputPath);
  const medium = await loadMedium(job.geometry);
  const dose = await beamDose(job, medium, options.threads, progress);
  await writeDose(options.outputPath, job.geometry.doseGrid, dose, remarksOn(job));
  progress(100);
}

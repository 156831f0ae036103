import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rangeMm } from '../../dose/proton-range.js';
import { diskError } from '../../files/disk-error.js';
import { systemCode } from '../../files/system-code.js';
import type { BeamModels } from '../../ports/beam-models.js';
import type { Engine } from '../../ports/engine.js';
import type { Scheduler } from '../../ports/scheduler.js';
import type { Settings } from '../../ports/settings.js';
import { jobLimits } from '../../workflow/job-limits.js';
import { namesAt } from '../../workflow/steps/submit-job.js';
import { broken, doubtful, fine, type Finding } from './finding.js';
import { measuredDose } from './measured-dose.js';
import type { PlaceToTest } from './places-to-test.js';
import { ENERGY_MEV, testBeam, writeBeam } from './test-beam.js';
import { endOfTest, withLastWords } from './test-job.js';

/** What the test goes through: the engine as cases get it, where they get it. */
export interface TestedPorts {
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  readonly models: BeamModels;
  /** A test beam that has not ended by then is taken back; by default ten minutes. */
  readonly longestMs?: number;
}

/** What became of the test beam. */
interface Outcome {
  readonly depthMm: number;
  readonly maxGy: number;
  /** Energy of the dose by that of the protons of beam.json. */
  readonly energyShare: number;
  /** Whether some line of output told progress. */
  readonly toldProgress: boolean;
}

const NAME = 'engine test';
/** A machine's real energy may differ a little from the nominal one; twice a voxel is more than any should. */
const FINE_MM = 2;
const WRONG_MM = 5;
/** Some energy leaves with neutrons; a model of protons per MU is off by less, a unit or a number of fractions by more. */
const ENERGY_SHARE = { least: 0.6, most: 1.5 };
const LONGEST_MS = 10 * 60_000;
const JOULE_PER_MEV = 1.602_176_634e-13;

/**
 * One spot into a small water phantom, prepared, run and judged as a beam of a case is; then the depth of the distal 80 %
 * of its dose against the range of its energy (PSTAR). What it writes below the root is removed.
 */
export async function testEngine(
  ports: TestedPorts,
  settings: Settings,
  place: PlaceToTest,
  signal: AbortSignal,
): Promise<Finding> {
  const folder = join(settings.root, 'work', `engine-test-${randomUUID()}`);
  try {
    return judged(await outcome(ports, settings, { folder, place }, signal), ports.engine.kind, settings);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(unlessNothingIsThere);
  }
}

/** Said instead where jobs of the service may hold the GPUs. */
export const engineTestLeftOut = (why = 'the service is running and its jobs may hold the GPU'): Finding =>
  doubtful(NAME, `not run: ${why}`, 'mqi doctor --engine-test runs it all the same');

/** Said where no host can be asked, or all its GPUs are left to others or out of service. */
export const nowhereToTest = (): Finding =>
  doubtful(NAME, 'not run: there is no place where a beam of a case would run', 'see the lines of GPUs and hosts');

/** The worst that is to be said of it; each doubt with what to do. */
function judged(seen: Outcome, kind: string, settings: Settings): Finding {
  const expectedMm = rangeMm(ENERGY_MEV);
  const beam = `${kind}: ${String(ENERGY_MEV)} MeV in water`;
  const largest = `largest dose ${seen.maxGy.toPrecision(3)} Gy`;
  if (Number.isNaN(seen.depthMm)) {
    return broken(
      NAME,
      `${beam}: the dose does not fall off behind its largest value, expected at ${expectedMm.toFixed(1)} mm; ${largest}`,
      'see whether the engine follows the beam (along +y from the face of the phantom, layers of beam.json) or gives the same dose everywhere',
    );
  }
  const words = `${beam}, distal 80 % at ${seen.depthMm.toFixed(1)} mm, expected ${expectedMm.toFixed(1)} mm; ${largest}`;
  const offMm = Math.abs(seen.depthMm - expectedMm);
  const remedy =
    'compare the beam data of the engine with the machine: the energies of its spots do not fit their range';
  if (offMm > WRONG_MM) return broken(NAME, words, remedy);
  const doubts = [...(offMm > FINE_MM ? [{ words: '', remedy }] : []), ...commandDoubts(seen, settings)];
  if (doubts.length === 0) return fine(NAME, words);
  return doubtful(
    NAME,
    [words, ...doubts.map((doubt) => doubt.words)].filter(Boolean).join('; '),
    doubts.map((doubt) => doubt.remedy).join('; '),
  );
}

/** What only a program of the site's own gets wrong. */
function commandDoubts(
  { energyShare, toldProgress }: Outcome,
  { engine }: Settings,
): readonly { readonly words: string; readonly remedy: string }[] {
  if (engine.kind !== 'command') return [];
  const doubts = [];
  if (!(energyShare >= ENERGY_SHARE.least && energyShare <= ENERGY_SHARE.most)) {
    doubts.push({
      words: `the dose holds ${energyShare.toPrecision(2)} times the energy of the protons of beam.json`,
      remedy:
        'see that the engine gives Gy (not cGy) for one fraction; if it counts protons per MU by data of its own, compare them with the beam model',
    });
  }
  if (engine.command.progress !== null && !toldProgress) {
    doubts.push({
      words: 'no line of its output told progress',
      remedy: 'mend engine.command.progress, or what the program prints (docs/engines.md)',
    });
  }
  return doubts;
}

async function outcome(
  { engine, scheduler, models, longestMs = LONGEST_MS }: TestedPorts,
  settings: Settings,
  { folder, place }: { readonly folder: string; readonly place: PlaceToTest },
  signal: AbortSignal,
): Promise<Outcome> {
  const model = await models.byName(settings.machines[0]?.beamModel ?? 'generic');
  const beam = testBeam(model, settings);
  const request = await writeBeam(folder, beam, place.gpuUuids);
  const names = namesAt(scheduler, place.host);
  const prepared = { ...(await engine.prepare({ ...request, ...names })), host: place.host };
  const progress = engine.readProgress();
  let toldProgress = false;
  const onLine = (line: string): void => {
    toldProgress = progress(line) !== null || toldProgress;
  };
  try {
    const exit = await endOfTest(scheduler, prepared, {
      onLine,
      limits: jobLimits(settings),
      longestMs,
      signal,
    });
    const result = await engine.judge(request, exit);
    const { depthMm, energyJ } = await measuredDose(result);
    const energyShare = energyJ / (beam.protons * ENERGY_MEV * JOULE_PER_MEV);
    return { depthMm, maxGy: result.maxGy, energyShare, toldProgress };
  } catch (thrown) {
    throw await withLastWords(thrown, request.folder);
  }
}

/** A root that cannot be made, since a file is in its way, holds nothing of ours. */
function unlessNothingIsThere(thrown: unknown): void {
  if (systemCode(thrown) !== 'ENOTDIR') throw diskError(thrown);
}

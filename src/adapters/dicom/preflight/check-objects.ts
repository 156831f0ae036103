import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CaseError } from '../../../domain/errors.js';
import { type Grid, voxelCount } from '../../../domain/grid.js';
import { systemCode } from '../../../files/system-code.js';
import type { PreflightFinding } from '../../../ports/dose-preflight.js';
import { TAG } from '../reading/tags.js';
import { type EngineDose, openEngineDose } from '../writing/engine-dose.js';
import { geometryFailures, near, PIXEL_BYTES } from './geometry-rules.js';
import { type ObjectHeader, OBJECT_TAG, readObjectHeader } from './object-header.js';
import { passOverPixels, type WithPixels } from './pixel-pass.js';
import { type PlanFacts, readPlanFacts } from './plan-facts.js';
import type { BeamToCheck, PreflightTask } from './preflight-task.js';
import { identityFailures, referenceFailures, sentences } from './reference-rules.js';
import { patientFailures, scalingOf, textFailures } from './text-rules.js';

/** One object on its way through the checks. */
interface Checked {
  readonly beamNumber: number | null;
  readonly path: string;
  readonly header: ObjectHeader | null;
  readonly engine: EngineDose | null;
  readonly failures: string[];
}

/**
 * All checks of the objects of a case: what each says of itself against plan and geometry, then their pixels in one pass. Blocks
 * the thread; holds one plane of each object at a time.
 */
export async function checkObjects(task: PreflightTask): Promise<readonly PreflightFinding[]> {
  const plan = await readPlanFacts(task.planPath);
  const beams = task.beams.map((beam) => checkBeam(task, beam, plan));
  const first = task.beams[0];
  const geometry = first === undefined ? null : readGeometry(first.geometryPath);
  const whole = checkHeader({ beamNumber: null, path: task.planDosePath }, plan, geometry);
  whole.failures.push(...planFailures(task, plan), ...togetherFailures([...beams, whole]));
  passOverPixels(beams.map(withPixels), withPixels(whole));
  return [...beams, whole].map(({ beamNumber, path, failures }) => ({ beamNumber, path, failures }));
}

const planFailures = ({ planSopInstanceUid, beams }: PreflightTask, { sopInstanceUid }: PlanFacts): readonly string[] =>
  sentences([
    [
      planSopInstanceUid !== null && planSopInstanceUid !== sopInstanceUid,
      'the copy of the plan in the work folder is not the plan that the case was accepted with',
    ],
    [beams.length === 0, 'the case has no beams'],
  ]);

function checkBeam(task: PreflightTask, beam: BeamToCheck, plan: PlanFacts): Checked {
  const geometry = readGeometry(beam.geometryPath);
  const checked = checkHeader({ beamNumber: beam.beamNumber, path: beam.dosePath }, plan, geometry);
  if (geometry === null && !task.cleaned) {
    checked.failures.push('geometry.json of the beam cannot be read: what was calculated on is not known');
  }
  const engine = engineDose(beam.enginePath);
  if (typeof engine === 'string') {
    if (!task.cleaned) checked.failures.push(engine);
    return checked;
  }
  const grid = geometry?.grid ?? null;
  if (grid !== null && !sameGrid(engine.header.grid, grid)) {
    checked.failures.push('the dose of the engine does not lie on the grid of geometry.json');
    return checked;
  }
  return { ...checked, engine };
}

function checkHeader(
  { beamNumber, path }: Pick<Checked, 'beamNumber' | 'path'>,
  plan: PlanFacts,
  geometry: CalculatedOn | null,
): Checked {
  const header = readObjectHeader(path);
  if (typeof header === 'string') return { beamNumber, path, header: null, engine: null, failures: [header] };
  // Where geometry.json is gone with a cleaned work folder, nobody knows any more what was calculated on.
  const frameOfReferenceUid = geometry === null ? '' : geometry.frameOfReferenceUid || (plan.frameOfReferenceUid ?? '');
  const expected = { beamNumber, plan, grid: geometry?.grid ?? ownGrid(header), frameOfReferenceUid };
  const failures = [
    ...identityFailures(header),
    ...referenceFailures(header, expected),
    ...geometryFailures(header, expected),
    ...textFailures(header),
    ...patientFailures(header, expected),
    ...sentences([[scalingOf(header) === null, 'DoseGridScaling is not a positive number']]),
  ];
  return { beamNumber, path, header, engine: null, failures };
}

/** What can be seen only of all of them together. */
function togetherFailures(objects: readonly Checked[]): readonly string[] {
  const values = (tag: string): readonly string[] => objects.flatMap(({ header }) => header?.dataSet.string(tag) ?? []);
  const uids = values(TAG.sopInstanceUid);
  return sentences([
    [new Set(uids).size !== uids.length, 'two objects of the case have the same SOPInstanceUID'],
    [new Set(values(TAG.frameOfReferenceUid)).size > 1, 'the objects of the case are not in one frame of reference'],
    [new Set(values(TAG.studyInstanceUid)).size > 1, 'the objects of the case are not in one study'],
    [new Set(values(TAG.seriesInstanceUid)).size > 1, 'the objects of the case are not in one series'],
  ]);
}

/** Null for an object whose pixels are not where its header says: there is nothing to hold against anything. */
function withPixels({ header, engine, failures }: Checked): WithPixels {
  const grid = header === null ? null : ownGrid(header);
  const scaling = header === null ? null : scalingOf(header);
  const at = header === null || grid === null ? null : pixelsOf(header, grid);
  if (header === null || grid === null || scaling === null || at === null) return { readable: null, failures };
  return { readable: { path: header.path, grid, scaling, at, engine }, failures };
}

/** Offset of the first pixel, where there are as many as the grid says and nothing behind them. */
function pixelsOf({ pixels, size }: ObjectHeader, grid: Grid): number | null {
  const due = voxelCount(grid) * PIXEL_BYTES;
  return pixels?.length === due && pixels.at + due === size ? pixels.at : null;
}

const triple = z.tuple([z.number(), z.number(), z.number()]);
const geometrySchema = z.object({
  frameOfReferenceUid: z.string(),
  doseGrid: z.object({ originMm: triple, spacingMm: triple, size: triple }),
});
interface CalculatedOn {
  readonly grid: Grid;
  readonly frameOfReferenceUid: string;
}

function readGeometry(path: string): CalculatedOn | null {
  try {
    const { doseGrid, frameOfReferenceUid } = geometrySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { grid: doseGrid, frameOfReferenceUid };
  } catch (thrown) {
    if (systemCode(thrown) !== null && systemCode(thrown) !== 'ENOENT') throw thrown;
    return null;
  }
}

function engineDose(path: string): EngineDose | string {
  try {
    return openEngineDose(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT')
      return 'the dose that the engine left is gone: there is nothing to hold it against';
    if (thrown instanceof CaseError) return `the dose that the engine left cannot be read: ${thrown.message}`;
    throw thrown;
  }
}

/** The grid that an object says it has; null where it says none that could be. */
function ownGrid({ dataSet }: ObjectHeader): Grid | null {
  const [x, y, z] = dataSet.numbers(TAG.imagePosition, 'DS');
  const [dy, dx] = dataSet.numbers(TAG.pixelSpacing, 'DS');
  const dz = dataSet.number(OBJECT_TAG.sliceThickness, 'DS');
  const numbers = [x, y, z, dx, dy, dz].map((mm) => (mm === null || mm === undefined ? Number.NaN : mm));
  const size = [
    dataSet.number(TAG.columns, 'US'),
    dataSet.number(TAG.rows, 'US'),
    dataSet.number(OBJECT_TAG.frames, 'DS'),
  ];
  const counts = size.map((count) => count ?? 0);
  if (!numbers.every(Number.isFinite) || !counts.every((count) => Number.isInteger(count) && count > 0)) return null;
  return {
    originMm: numbers.slice(0, 3) as unknown as Grid['originMm'],
    spacingMm: numbers.slice(3) as unknown as Grid['spacingMm'],
    size: counts as unknown as Grid['size'],
  };
}

const sameGrid = (a: Grid, b: Grid): boolean =>
  a.size.every((count, axis) => count === b.size[axis]) &&
  [...a.originMm, ...a.spacingMm].every((mm, i) => near(mm, [...b.originMm, ...b.spacingMm][i]));

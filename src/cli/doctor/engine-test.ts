import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BeamInput } from '../../domain/beam-input.js';
import type { BeamModel } from '../../domain/beam-model.js';
import type { Geometry } from '../../domain/geometry.js';
import { phantomGeometry } from '../../domain/geometry-choice.js';
import { protonsPerMu } from '../../domain/protons-per-mu.js';
import type { SeenResource } from '../../domain/resource.js';
import { decodeElements, MAX_HEADER_BYTES, parseMetaImageHeader } from '../../dose/meta-image.js';
import { rangeMm } from '../../dose/proton-range.js';
import { distal80Mm } from '../../dose/distal-depth.js';
import type { BeamModels } from '../../ports/beam-models.js';
import type { Engine, EngineRequest, EngineResult } from '../../ports/engine.js';
import type { Scheduler } from '../../ports/scheduler.js';
import type { Settings } from '../../ports/settings.js';
import { broken, doubtful, fine, type Finding } from './finding.js';
import { makeFolders } from '../../files/make-folders.js';

/** What the test goes through: the engine as cases get it, where they get it. */
export interface TestedPorts {
  readonly engine: Engine;
  readonly scheduler: Scheduler;
  readonly models: BeamModels;
}

const NAME = 'engine test';
/** Within the tables of any proton machine; stops 77 mm deep in water. */
const ENERGY_MEV = 100;
const METERSET = 100;
const BEAM_NUMBER = 1;
/** As machines have it; an engine may let protons begin by it. */
const SNOUT_MM = 300;
const ACROSS_MM = 60;
const BEHIND_MM = 25;
const SPACING_MM = 2;
/** A machine's real energy may differ a little from the nominal one; twice a voxel is more than any should. */
const FINE_MM = 2;
const WRONG_MM = 5;
const LONGEST_MS = 10 * 60_000;

/** A place of each host that can be asked, a GPU where it has one: where the test beam is to be run. */
export function placesToTest(places: readonly SeenResource[]): readonly SeenResource[] {
  const near = places.filter(({ away }) => away === undefined);
  return [...new Set(near.map(({ host }) => host))].flatMap((host) => {
    const its = near.filter((place) => place.host === host);
    return its.find(({ kind }) => kind === 'gpu') ?? its[0] ?? [];
  });
}

/**
 * One spot into a small water phantom, prepared, run and judged as a beam of a case is; then the depth of the distal 80 %
 * of its dose against the range of its energy (PSTAR). What it writes below the root is removed.
 */
export async function testEngine(
  ports: TestedPorts,
  settings: Settings,
  place: SeenResource,
  signal: AbortSignal,
): Promise<Finding> {
  const folder = join(settings.root, 'work', `engine-test-${randomUUID()}`);
  try {
    const { depthMm, maxGy } = await measured(ports, settings, { folder, place }, signal);
    const expectedMm = rangeMm(ENERGY_MEV);
    const words =
      `${ports.engine.kind}: ${String(ENERGY_MEV)} MeV in water, distal 80 % at ${depthMm.toFixed(1)} mm, ` +
      `expected ${expectedMm.toFixed(1)} mm; largest dose ${maxGy.toPrecision(3)} Gy`;
    const offMm = Math.abs(depthMm - expectedMm);
    const remedy =
      'compare the beam data of the engine with the machine: the energies of its spots do not fit their range';
    if (!(offMm <= WRONG_MM)) return broken(NAME, words, remedy);
    return offMm > FINE_MM ? doubtful(NAME, words, remedy) : fine(NAME, words);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Said instead where jobs of the service may hold the GPUs. */
export const engineTestLeftOut = (): Finding =>
  doubtful(
    NAME,
    'not run: the service is running and its jobs may hold the GPU',
    'mqi doctor --engine-test runs it all the same',
  );

async function measured(
  { engine, scheduler, models }: TestedPorts,
  settings: Settings,
  { folder, place }: { readonly folder: string; readonly place: SeenResource },
  signal: AbortSignal,
): Promise<{ readonly depthMm: number; readonly maxGy: number }> {
  const model = await models.byName(settings.machines[0]?.beamModel ?? 'generic');
  const gpuUuids = place.uuid === null ? [] : [place.uuid];
  const request = await writeBeam(folder, testBeam(model, machineName(settings)), gpuUuids);
  const there = (path: string): string => scheduler.there?.(place.host, path) ?? path;
  const job = await scheduler.submit({ ...(await engine.prepare({ ...request, there })), host: place.host });
  const limits = { timeoutMs: LONGEST_MS, stallMs: settings.engine.stallMinutes * 60_000 };
  try {
    const exit = await scheduler.wait(job, limits, { onLine: () => undefined }, signal);
    const result = await engine.judge(request, exit);
    return { depthMm: await depthOf(result), maxGy: result.maxGy };
  } finally {
    await scheduler.kill(job, 1_000); // nothing to do where it has ended
  }
}

async function writeBeam(folder: string, beam: BeamInput, gpuUuids: readonly string[]): Promise<EngineRequest> {
  const request = {
    folder: join(folder, 'beam-001', 'attempt-1'),
    beamInputPath: join(folder, 'beam-001', 'beam.json'),
    geometryPath: join(folder, 'beam-001', 'geometry.json'),
    beamNumber: BEAM_NUMBER,
    gpuUuids,
  };
  await makeFolders(request.folder);
  await writeFile(request.beamInputPath, `${JSON.stringify(beam)}\n`);
  await writeFile(request.geometryPath, `${JSON.stringify(testGeometry())}\n`);
  return request;
}

const testGeometry = (): Geometry =>
  phantomGeometry('2.25.1', [0, 0, 0], {
    sizeMm: [ACROSS_MM, ACROSS_MM, Math.ceil(rangeMm(ENERGY_MEV)) + BEHIND_MM],
    spacingMm: SPACING_MM,
  });

function testBeam(model: BeamModel, machine: string): BeamInput {
  const protons = METERSET * (protonsPerMu(model, ENERGY_MEV) ?? 1e6);
  return {
    format: 'mqi-beam/1',
    caseId: 'engine-test',
    run: 1,
    beamNumber: BEAM_NUMBER,
    beamName: 'TEST',
    machine,
    beamModel: model.name,
    radiationType: 'PROTON',
    patientPosition: 'HFS',
    gantryAngleDeg: 0,
    couchAngleDeg: 0,
    isocentreMm: [0, 0, 0],
    snoutPositionMm: SNOUT_MM,
    virtualSadMm: null,
    rangeShifters: [],
    fractionsPlanned: 1,
    metersetUnit: 'MU',
    meterset: METERSET,
    protons,
    layers: [
      {
        controlPointIndex: 0,
        energyMeV: ENERGY_MEV,
        paintings: 1,
        spotSizeFwhmMm: null,
        xMm: [0],
        yMm: [0],
        meterset: [METERSET],
        protons: [protons],
      },
    ],
  };
}

/** A name that the first machine of the configuration fits: one with a gantry number, which some engines need. */
function machineName({ machines }: Settings): string {
  const entry = machines.find(({ gantryNumber }) => gantryNumber !== null) ?? machines[0];
  return entry?.pattern.replace(/[*?/^$]/g, '') ?? 'TEST';
}

/** Depth of the distal 80 % of the dose in planes across the beam, which travels along +y from the phantom's face. */
async function depthOf({ path, grid }: EngineResult): Promise<number> {
  const bytes = await readFile(path);
  const { headerBytes, dataFile, elementType } = parseMetaImageHeader(bytes.subarray(0, MAX_HEADER_BYTES));
  const values = dataFile === 'LOCAL' ? bytes.subarray(headerBytes) : await readFile(join(path, '..', dataFile));
  const [nx, ny, nz] = grid.size;
  const dose = decodeElements(values, elementType, nx * ny * nz);
  const planes = new Float64Array(ny);
  dose.forEach((gy, index) => {
    const plane = Math.floor(index / nx) % ny;
    planes[plane] = (planes[plane] ?? 0) + gy;
  });
  return distal80Mm(planes, grid.spacingMm[1]);
}

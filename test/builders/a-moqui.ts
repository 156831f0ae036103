import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineDicomWriter } from '../../src/adapters/dicom/writing/engine/engine-dicom-writer.js';
import { MoquiEngine } from '../../src/adapters/engines/moqui/moqui-engine.js';
import { doMoquiTask } from '../../src/adapters/engines/moqui/moqui-task.js';
import type { MoquiOptions } from '../../src/adapters/engines/moqui/moqui-options.js';
import { LocalHost } from '../../src/adapters/hosts/local-host.js';
import { DirectScheduler } from '../../src/adapters/schedulers/direct-scheduler.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import type { BeamInput } from '../../src/domain/beam-input.js';
import type { Geometry } from '../../src/domain/geometry.js';
import { voxelCount, type Grid } from '../../src/domain/grid.js';
import type { Vec3 } from '../../src/domain/vector.js';
import type { JobHandle } from '../../src/domain/beam.js';
import { decodeElements, formatMetaImageHeader, parseMetaImageHeader } from '../../src/dose/meta-image.js';
import type { EngineRequest, EngineResult } from '../../src/ports/engine.js';
import type { JobExit, JobLimits, JobObserver, JobRequest } from '../../src/ports/scheduler.js';
import { aBeamInput, aLayer, aPhantom } from './a-pencil-beam-job.js';

export const FAKE_MOQUI = join(import.meta.dirname, '../../../scripts/fake-moqui.mjs');

/** Beam data of a machine that has 2 million protons per MU at every energy. */
export const MACHINE_TEXT = `# a machine
[geometry]
SAD(mm) 2000 2000
rangeshifter(mm) 300 300
rangeshifter_snout_gap(mm) 10
[rangeshifter_thickness]
"RS 4" 40.0 # a slab
[spot]
# E  E  dE  x  y  xp  yp  protons per MU
70  70  0.8 4 4 0 0 2000000
150 150 0.8 4 4 0 0 2000000
230 230 0.8 4 4 0 0 2000000
`;

/** 500 MU, 1e9 protons, of 100 MeV onto one spot: beam.json of a plan in MU. */
export const aMoquiBeam = (change: Partial<BeamInput> = {}): BeamInput =>
  aBeamInput({
    metersetUnit: 'MU',
    meterset: 500,
    snoutPositionMm: 200,
    layers: [aLayer({ energyMeV: 100, meterset: [500], protons: [1e9] })],
    ...change,
  });

/** Water from -20 to 20 mm across and 100 mm deep, in voxels of 4 mm: more rows than columns, as phantoms mostly have. */
export const SMALL_WATER = aPhantom([-20, 0, -20], [20, 100, 20], 4, { setToBeam: true });

/** Water of 120 x 40 x 40 mm in voxels of 4 mm, or of other sides, as a CT in this folder. */
export function aWaterCt(folder: string, spacingMm: Vec3 = [4, 4, 4]): Geometry {
  const [x, y, z] = spacingMm;
  const size = [120 / x, 40 / y, 40 / z] as const;
  const grid: Grid = { originMm: [x / 2 - 60, y / 2, z / 2 - 20], spacingMm, size };
  const path = join(folder, 'input', 'ct.mha');
  mkdirSync(join(folder, 'input'), { recursive: true });
  const header = formatMetaImageHeader(grid, 'MET_SHORT');
  writeFileSync(path, header);
  truncateSync(path, Buffer.byteLength(header) + 2 * voxelCount(grid)); // 0 HU; a large one takes no room on the disk
  return { ...SMALL_WATER, kind: 'ct', ctPath: path, phantom: null, huToRsp: [[-1000, 0], [0, 1]], doseGrid: grid, setToBeam: false }; // prettier-ignore
}

/** An attempt's folder with beam.json, geometry.json and a machine file, below a folder. */
export class AMoquiJob {
  readonly request: EngineRequest;
  readonly machineFile: string;

  constructor(
    readonly place: string,
    beam: BeamInput = aMoquiBeam(),
    geometry: Geometry = SMALL_WATER,
  ) {
    const beamFolder = join(place, 'beam-001');
    mkdirSync(join(beamFolder, 'attempt-1'), { recursive: true });
    this.machineFile = join(place, 'machine.txt');
    this.request = {
      folder: join(beamFolder, 'attempt-1'),
      beamInputPath: join(beamFolder, 'beam.json'),
      geometryPath: join(beamFolder, 'geometry.json'),
      beamNumber: beam.beamNumber,
      gpuUuids: [],
    };
    writeFileSync(this.request.beamInputPath, JSON.stringify(beam));
    writeFileSync(this.request.geometryPath, JSON.stringify(geometry));
    writeFileSync(this.machineFile, MACHINE_TEXT);
  }

  /** @param run does the work with files; by default here, without a thread */
  engine(
    change: Partial<MoquiOptions> = {},
    run: ConstructorParameters<typeof MoquiEngine>[0] = (task) => doMoquiTask(new EngineDicomWriter(), task),
  ): MoquiEngine {
    return new MoquiEngine(run, {
      program: FAKE_MOQUI,
      dialect: 'upstream',
      machineFile: this.machineFile,
      histories: 1_000_000,
      statisticalPercent: 1,
      rbe: 1,
      countsPerMeterset: null,
      snoutPositionMm: null,
      rangeShifters: [],
      parameters: {},
      machines: [{ pattern: 'G1', gantryNumber: 1, calibration: null }],
      ...change,
    });
  }

  logEngine(change: Partial<MoquiOptions> = {}): MoquiEngine {
    return this.engine({ dialect: 'log', machineFile: null, countsPerMeterset: 2_000_000, ...change });
  }
}

/** 40 mm of PMMA, at the snout as far as the plan says. */
export const aRangeShifter = (
  id: string,
  change: Partial<BeamInput['rangeShifters'][number]> = {},
): BeamInput['rangeShifters'][number] => ({
  number: 2,
  id,
  waterEquivalentThicknessMm: 46.1,
  isocentreDistanceMm: null,
  ...change,
});

const SCHEDULER = new DirectScheduler(new LocalHost(), new SystemClock(), { pollMs: 5_000 });

export const start = (request: JobRequest): Promise<JobHandle> => SCHEDULER.submit(request);

export const untilEnded = (
  job: JobHandle,
  observer: JobObserver = { onLine: () => undefined },
  limits: Partial<JobLimits> = {},
): Promise<JobExit> =>
  SCHEDULER.wait(job, { timeoutMs: 60_000, stallMs: 60_000, ...limits }, observer, new AbortController().signal);

export interface MoquiRun {
  readonly result: EngineResult;
  readonly percents: readonly number[];
  readonly values: Float64Array;
}

/** Prepares, runs and judges it as the service does. @param tamper with what is prepared, before it runs */
export async function runMoqui(
  engine: MoquiEngine,
  { request }: AMoquiJob,
  tamper: () => void = () => undefined,
): Promise<MoquiRun> {
  const percents: number[] = [];
  const progress = engine.readProgress();
  const onLine = (line: string): void => {
    const percent = progress(line);
    if (percent !== null) percents.push(percent);
  };
  const prepared = await engine.prepare(request);
  tamper();
  const exit = await untilEnded(await start(prepared), { onLine });
  const result = await engine.judge(request, exit);
  return { result, percents, values: valuesOf(result.path) };
}

function valuesOf(path: string): Float64Array {
  const bytes = readFileSync(path);
  const { grid, headerBytes, elementType } = parseMetaImageHeader(bytes.subarray(0, 16_384));
  return decodeElements(bytes.subarray(headerBytes), elementType, grid.size[0] * grid.size[1] * grid.size[2]);
}

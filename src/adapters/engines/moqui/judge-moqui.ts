import { open, readdir, readFile, rename, rm, utimes, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CaseError, permanent, transient } from '../../../domain/errors.js';
import type { Geometry } from '../../../domain/geometry.js';
import { shownText } from '../../../domain/shown-text.js';
import { voxelCount, type Grid } from '../../../domain/grid.js';
import { formatMetaImageHeader } from '../../../dose/meta-image.js';
import { Regrid } from '../../../dose/regrid.js';
import type { EngineRequest, EngineResult } from '../../../ports/engine.js';
import type { JobExit } from '../../../ports/scheduler.js';
import { diskFailure, errorCode, readJson, RESULT_NAME } from '../engine-files.js';
import { judgeDose } from '../judge-dose.js';
import { unlessDiskFull } from '../judge-run.js';
import { NAMES } from './attempt-files.js';
import { DepositedEnergy } from './deposited-energy.js';
import { withEngineCt } from './engine-ct.js';
import { onGantryAxes, onPatientAxes } from './gantry-box.js';
import { energyBroughtIn, judgeReading } from './judge-reading.js';
import { judgeWords, wordsIn, type EngineWords } from './judge-words.js';
import { inAirRemark, largestDose, type LargestDose } from './largest-dose.js';
import { programRemark } from './moqui-remarks.js';
import { parseMoquiRecord, type MoquiRecord } from './moqui-record.js';
import { readGeometry } from './read-request.js';

const VALUE_BYTES = 8;

/**
 * The dose of a run of moqui, Gy per fraction on the dose grid. Its exit code and last line prove nothing: believed is one
 * result file of exactly the grid's bytes, finite, none negative, not all zero, that holds no more energy than the beam
 * brought in; and an output without the words that go with wrong dose, which tells of the spots that were given.
 * @throws permanent `engine.bad-dose`, transient `engine.crashed`, `engine.lost`, `gpu.busy`, operator `disk.full`
 */
export function judgeMoqui(request: EngineRequest, exit: JobExit): Promise<EngineResult> {
  return unlessDiskFull(request.folder, async () => {
    const words = await wordsIn(request.folder);
    const failure = judgeWords(words, exit);
    if (failure !== null) throw failure;
    const record = parseMoquiRecord(await readJson(join(request.folder, NAMES.record), 'the record of the attempt'));
    const geometry = await readGeometry(request);
    requirePresentAxes(record, geometry);
    judgeReading(words, record);
    const raw = await resultFile(join(request.folder, NAMES.output));
    const path = join(request.folder, RESULT_NAME);
    const largest = await convert(raw, path, geometry, { ...record, beamEnergyJ: energyBroughtIn(words, record) });
    const { maxGy } = await judgeDose(path, geometry.doseGrid);
    const inAir = largest === null ? null : inAirRemark(largest);
    return {
      path,
      grid: geometry.doseGrid,
      maxGy: inAir === null ? maxGy : (largest?.elsewhereGy ?? maxGy),
      remarks: [...record.remarks, ...(inAir === null ? [] : [inAir]), await program(request, words, record)],
    };
  });
}

async function program({ folder }: EngineRequest, { version }: EngineWords, record: MoquiRecord): Promise<string> {
  const sha256 = await programSha256(join(folder, NAMES.program));
  return programRemark(sha256, version === null ? null : shownText(version), record.inputSha256);
}

/** Null where the job could not read the program. */
async function programSha256(path: string): Promise<string | null> {
  try {
    return /^[0-9a-f]{64}(?=\s)/.exec(await readFile(path, 'utf8'))?.[0] ?? null;
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return null;
    throw diskFailure(thrown, 'reading the hash of the program');
  }
}

/** Earlier versions took the log dialect's phantom to lie on the patient's axes: what they prepared is begun anew. */
function requirePresentAxes({ dialect, gantryOriginMm }: MoquiRecord, { ctPath }: Geometry): void {
  if (dialect !== 'log' || ctPath !== null || gantryOriginMm !== null) return;
  throw transient('engine.lost', 'an earlier version of the service had prepared this run, on wrong axes', {
    remedy: 'nothing to do: it is tried again',
  });
}

/** The one result. Of several none is taken: which of them would be the dose? */
async function resultFile(folder: string): Promise<string> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (errorCode(thrown) === 'ENOENT') return [];
    throw diskFailure(thrown, 'looking for the result of the engine');
  });
  const [name, ...more] = names.filter((one) => one.toLowerCase().endsWith('.raw'));
  if (name === undefined) throw bad('left no dose file though it reported success');
  if (more.length > 0) throw bad(`left ${String(more.length + 1)} result files where one is due`);
  return join(folder, name);
}

/** @returns where the largest dose lies; null in a phantom, which has no air */
async function convert(
  rawPath: string,
  target: string,
  geometry: Geometry,
  record: MoquiRecord,
): Promise<LargestDose | null> {
  try {
    const file = await open(rawPath, 'r');
    try {
      const dose = await onDoseGrid(file, geometry, record);
      const { mtime } = await file.stat();
      await writeResult(target, geometry.doseGrid, dose, mtime);
      if (geometry.ctPath === null) return null;
      return await withEngineCt(geometry, (ct) => largestDose(dose, geometry.doseGrid, ct));
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof CaseError) throw thrown;
    throw diskFailure(thrown, 'reading the result of the engine');
  }
}

/** Plane by plane: as many are held as the dose grid needs, and nothing else waits longer than one takes. */
async function onDoseGrid(file: FileHandle, geometry: Geometry, record: MoquiRecord): Promise<Float32Array> {
  const { doseGrid } = geometry;
  const { grid, toGy, gantryOriginMm } = record;
  await requireSize(file, grid);
  const dose = new Float32Array(voxelCount(doseGrid));
  const to = gantryOriginMm === null ? doseGrid : onGantryAxes(doseGrid, gantryOriginMm);
  const regrid = new Regrid(grid, to, dose);
  let highest = 0;
  await withEnergy(geometry, record, async (energy) => {
    for (let index = 0; index < grid.size[2]; index++) {
      const plane = await readPlane(file, grid, index);
      highest = Math.max(highest, scaleAndCheck(plane, toGy));
      await energy?.(plane, index);
      regrid.add(index, plane);
    }
  });
  if (highest === 0) throw bad('left a dose that is zero everywhere');
  return gantryOriginMm === null ? dose : onPatientAxes(dose, doseGrid);
}

/** Adds up the energy of the planes that `use` is to give it, where the beam's is known; and holds it against that. */
async function withEnergy(
  geometry: Geometry,
  { grid, beamEnergyJ, gantryOriginMm }: MoquiRecord,
  use: (add: ((plane: Float64Array, index: number) => Promise<void> | void) | null) => Promise<void>,
): Promise<void> {
  if (beamEnergyJ === null) return use(null);
  const energy = new DepositedEnergy(grid);
  if (gantryOriginMm === null) {
    await withEngineCt(geometry, (ct) =>
      use(async (plane, index) => {
        energy.add(plane, await ct.slice(index));
      }),
    );
  } else {
    const water = new Int16Array(grid.size[0] * grid.size[1]);
    await use((plane) => {
      energy.add(plane, water);
    });
  }
  energy.holdAgainst(beamEnergyJ);
}

async function requireSize(file: FileHandle, grid: Grid): Promise<void> {
  const { size } = await file.stat();
  const due = voxelCount(grid) * VALUE_BYTES;
  if (size === due) return;
  const planeBytes = due / grid.size[2];
  const planes = size > 0 && size % planeBytes === 0 ? `: ${String(size / planeBytes)} planes` : '';
  throw bad(`left a dose file of ${String(size)} bytes${planes} where ${String(due)} are due`);
}

async function readPlane(file: FileHandle, { size }: Grid, index: number): Promise<Float64Array> {
  const plane = new Float64Array(size[0] * size[1]);
  const bytes = Buffer.from(plane.buffer);
  for (let filled = 0; filled < bytes.length;) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, index * bytes.length + filled);
    if (bytesRead === 0) throw bad('left a dose file that became shorter while it was read');
    filled += bytesRead;
  }
  return plane;
}

/** In place; the highest value. */
function scaleAndCheck(plane: Float64Array, toGy: number): number {
  let highest = 0;
  for (let i = 0; i < plane.length; i++) {
    const gy = (plane[i] ?? 0) * toGy;
    if (!Number.isFinite(gy)) throw bad('left a dose with values that are not finite');
    if (gy < 0) throw bad(`left a dose with negative values (${gy.toPrecision(4)} Gy)`);
    if (gy > highest) highest = gy;
    plane[i] = gy;
  }
  return highest;
}

/** With the time of the program's own file: RT Dose states when the dose was calculated, also if this is done again. */
async function writeResult(target: string, grid: Grid, dose: Float32Array, madeAt: Date): Promise<void> {
  const part = `${target}.part`;
  const values = Buffer.from(dose.buffer, dose.byteOffset, dose.byteLength);
  try {
    await writeFile(part, formatMetaImageHeader(grid, 'MET_FLOAT'), { mode: 0o640 });
    await writeFile(part, values, { flag: 'a' });
    await utimes(part, madeAt, madeAt);
    await rename(part, target);
  } catch (thrown) {
    await rm(part, { force: true });
    throw diskFailure(thrown, 'writing the dose of the beam');
  }
}

const bad = (what: string): CaseError => permanent('engine.bad-dose', `the engine ${what}`);

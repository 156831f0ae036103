import { createHash } from 'node:crypto';
import { readFileSync, readSync } from 'node:fs';
import { z } from 'zod';
import { bug, permanent } from '../../../domain/errors.js';
import { type Grid, voxelCount } from '../../../domain/grid.js';
import { writeWholeFileSync } from '../../../files/whole-file-sync.js';
import type { MadeDose } from '../../../ports/dose-maker.js';
import { encodeDataSet, encodeMeta } from './data-set.js';
import { damaged, type DoseFile, readDoseFile, readFrame } from './dose-file.js';
import { doseHeader, type DoseFacts, doseUid, ownFrameOfReference } from './dose-header.js';
import { quantise, scalingFor, scalingForSum } from './dose-scaling.js';
import type { BeamDoseTask, DoseTask, PlanDoseTask, ReadDoseTask } from './dose-task.js';
import { checkedMaximum, openEngineDose, readSlice } from './engine-dose.js';
import { type PlanHeader, readPlanHeader } from './plan-header.js';
import { withFile, withFiles } from './with-file.js';

/** Longest value of an element with a 32-bit length field. */
const MOST_PIXEL_BYTES = 0xfffffffe;
const CHUNK_BYTES = 4 * 1024 * 1024;

/** Does a task of the worker thread; blocks while it does. */
export function doDoseTask(task: DoseTask): Promise<MadeDose> {
  switch (task.do) {
    case 'beam':
      return writeBeamDose(task);
    case 'plan':
      return writePlanDose(task);
    case 'read':
      return Promise.resolve(readDose(task));
  }
}

/** One pass over the engine's file for maximum and plausibility, one that quantises it slice by slice. */
async function writeBeamDose(task: BeamDoseTask): Promise<MadeDose> {
  const { result, beamNumber, caseId, run } = task;
  const engine = openEngineDose(result.path);
  const geometry = readGeometry(task.geometryPath);
  if (!sameGrid(engine.header.grid, result.grid) || !sameGrid(engine.header.grid, geometry.doseGrid)) {
    throw permanent('engine.bad-dose', 'the dose file does not lie on the grid that was asked for');
  }
  const plan = await readPlanHeader(task.planPath);
  return withFile(engine.valuesPath, (file) => {
    const scaling = scalingFor(checkedMaximum(file, engine));
    const facts: DoseFacts = {
      caseId,
      run,
      beamNumber,
      plan,
      grid: geometry.doseGrid,
      scaling,
      frameOfReferenceUid: firstUid(geometry.frameOfReferenceUid, plan) ?? ownFrameOfReference(caseId, run),
      throughWater: geometry.kind === 'water-phantom',
      remarks: result.remarks,
      madeAt: engine.madeAt,
      softwareVersion: task.softwareVersion,
    };
    return writeDose(task.target, facts, (slice) => readSlice(file, engine, slice));
  });
}

/** Sum of the beams' RT Dose files, read back frame by frame. */
async function writePlanDose(task: PlanDoseTask): Promise<MadeDose> {
  const plan = await readPlanHeader(task.planPath);
  const beams = task.beams.map((beam) => readDoseFile(beam.path));
  checkBeams(task, plan, beams);
  const [first] = beams;
  if (first === undefined) throw bug('dose.no-beams', 'a plan dose needs the dose of at least one beam');
  const facts: DoseFacts = {
    caseId: task.caseId,
    run: task.run,
    beamNumber: null,
    plan,
    grid: first.grid,
    scaling: scalingForSum(beams.map((beam) => beam.scaling)),
    frameOfReferenceUid: first.frameOfReferenceUid,
    throughWater: first.throughWater,
    remarks: [...new Set(beams.flatMap((beam) => beam.remarks))],
    madeAt: Math.max(...beams.map((beam) => beam.madeAt)),
    softwareVersion: task.softwareVersion,
  };
  return withFiles(
    beams.map((beam) => beam.path),
    (files) => writeDose(task.target, facts, (frame) => sumOfFrames(files, beams, frame)),
  );
}

function sumOfFrames(files: readonly number[], beams: readonly DoseFile[], frame: number): Float64Array {
  const [columns = 0, rows = 0] = beams[0]?.grid.size ?? [];
  const sum = new Float64Array(columns * rows);
  beams.forEach((beam, index) => {
    const doses = readFrame(files[index] ?? -1, beam, frame);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (doses[i] ?? 0);
  });
  return sum;
}

/** Everything that could make the sum wrong, before a byte of it is written. */
function checkBeams(task: PlanDoseTask, plan: PlanHeader, beams: readonly DoseFile[]): void {
  const numbers = task.beams.map((beam) => beam.beamNumber);
  if (new Set(numbers).size !== numbers.length) throw bug('dose.beam-twice', 'a beam is named twice for one plan dose');
  beams.forEach((beam, index) => {
    const wanted = task.beams[index];
    const first = beams[0] ?? beam;
    if (beam.summation !== 'BEAM' || beam.beamNumber !== wanted?.beamNumber)
      throw damaged('is not of the beam it is kept for');
    if (beam.sopInstanceUid !== doseUid(task.caseId, task.run, beam.beamNumber))
      throw damaged('is of another case or run');
    if (beam.planSopInstanceUid !== plan.sopInstanceUid) throw damaged('refers to another plan');
    if (beam.frameOfReferenceUid !== first.frameOfReferenceUid || beam.studyInstanceUid !== first.studyInstanceUid) {
      throw damaged("has another frame of reference or study than the other beams'");
    }
    if (!sameGrid(beam.grid, first.grid)) {
      throw permanent('dose.grids-differ', 'the beams were calculated on different grids and cannot be added up');
    }
  });
}

/** Header by dcmjs, then the pixel data element frame by frame: nothing larger than a frame is held in memory. */
function writeDose(target: string, facts: DoseFacts, slice: (index: number) => Float64Array): MadeDose {
  const pixelBytes = voxelCount(facts.grid) * 4;
  if (pixelBytes > MOST_PIXEL_BYTES) throw permanent('dose.too-large', 'the dose grid is too large for a DICOM file');
  const header = doseHeader(facts);
  const { bytes, sha256 } = writeWholeFileSync(target, (file) => {
    file.write(encodeMeta(header));
    file.write(encodeDataSet(header));
    file.write(pixelDataStart(pixelBytes));
    for (let index = 0; index < facts.grid.size[2]; index++) file.write(quantise(slice(index), Number(facts.scaling)));
  });
  const sopInstanceUid = doseUid(facts.caseId, facts.run, facts.beamNumber);
  return { path: target, sopInstanceUid, sha256, bytes, beamNumber: facts.beamNumber };
}

/** Tag, VR and length of (7FE0,0010) PixelData, which is the last element. */
function pixelDataStart(bytes: number): Buffer {
  const start = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]);
  start.writeUInt32LE(bytes, 8);
  return start;
}

function readDose({ path, beamNumber }: ReadDoseTask): MadeDose {
  const dose = readDoseFile(path);
  if (dose.beamNumber !== beamNumber) throw damaged('is not of the beam it is kept for');
  const sha256 = withFile(path, (file) => {
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) hash.update(chunk.subarray(0, read));
    return hash.digest('hex');
  });
  return { path, sopInstanceUid: dose.sopInstanceUid, sha256, bytes: dose.bytes, beamNumber };
}

const triple = z.tuple([z.number(), z.number(), z.number()]);
const geometrySchema = z.object({
  kind: z.enum(['ct', 'water-phantom']),
  frameOfReferenceUid: z.string(),
  doseGrid: z.object({ originMm: triple, spacingMm: triple, size: triple }),
});

/** The part of geometry.json that a dose repeats. */
function readGeometry(path: string): z.infer<typeof geometrySchema> {
  return geometrySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

const firstUid = (geometryUid: string, plan: PlanHeader): string | null =>
  geometryUid === '' ? plan.frameOfReferenceUid : geometryUid;

/** Far below any voxel, far above what decimal strings lose. */
const SAME_MM = 1e-4;

function sameGrid(a: Grid, b: Grid): boolean {
  const near = (x: readonly number[], y: readonly number[]): boolean =>
    x.every((mm, axis) => Math.abs(mm - (y[axis] ?? Number.NaN)) <= SAME_MM);
  return (
    near(a.originMm, b.originMm) && near(a.spacingMm, b.spacingMm) && a.size.every((n, axis) => n === b.size[axis])
  );
}

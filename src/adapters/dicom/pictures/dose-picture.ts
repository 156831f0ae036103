import { existsSync } from 'node:fs';
import type { Grid } from '../../../domain/grid.js';
import type { Vec3 } from '../../../domain/vector.js';
import { type BeamLine, beamLine, IntegralDose, placeOn, ValuesAtPlaces } from '../../../dose/beam-line.js';
import { beamAxes } from '../../../dose/coordinates.js';
import { type DoseCurve, distal80At, valueAt, waterDepths } from '../../../dose/depth-figures.js';
import { rspTable } from '../../../dose/rsp-table.js';
import type { DepthCurves, DosePicture, DosePlane } from '../../../ports/case-pictures.js';
import { type DoseFile, readDoseFile, readFrame } from '../writing/dose-file.js';
import { withFile } from '../writing/with-file.js';
import { readCtVolume } from './ct-volume.js';
import type { DosePictureTask } from './picture-task.js';
import { centreOf, PlaneTaker, voxelAt } from './plane-taker.js';
import { notThere, type PicturedGeometry, readPicturedBeam, readPicturedGeometry } from './work-files.js';

/** Between places along the beam's axis. */
const STEP_MM = 1;
const MOST_COUNTS = 65_535;
/** Relative stopping power from which on the beam is in the patient, not in the air before him. */
const IN_THE_BODY = 0.5;
const AIR_HU = -1000;

/**
 * Curves along the beam and three planes of an RT Dose of ours, read twice slice by slice: once for the curves and the
 * largest dose, once for the planes. Holds one slice of the dose and one of the CT, so memory does not grow with their number.
 */
export function dosePicture(task: DosePictureTask): DosePicture {
  if (!existsSync(task.dosePath)) throw notThere('the dose is not in the work folder');
  const beam = readPicturedBeam(task.beamInputPath);
  const geometry = readPicturedGeometry(task.geometryPath);
  const dose = readDoseFile(task.dosePath);
  const { isocentreMm } = beam;
  const axes = geometry.setToBeam
    ? beamAxes(0, 0, 'HFS')
    : beamAxes(beam.gantryAngleDeg, beam.couchAngleDeg, beam.patientPosition);
  const direction: Vec3 = [-axes.z[0], -axes.z[1], -axes.z[2]];
  const line = beamLine(dose.grid, isocentreMm, direction, STEP_MM);
  const found = lookThrough(dose, line);
  const through = voxelAt(dose.grid, task.through === 'maximum' ? found.maximumAtMm : isocentreMm);
  const place = centreOf(dose.grid, through);
  const gyPerCount = found.maximumGy / MOST_COUNTS || 1;
  const planes = new PlaneTaker(dose.grid, through);
  eachFrame(dose, (k, frame) => {
    planes.add(k, frame, (gy) => Math.round(gy / gyPerCount));
  });
  const ct = geometry.phantom === null ? lookAtCt(task.ctPath, place, line) : null;
  return {
    beamNumber: task.beamNumber,
    of: task.of,
    through: task.through,
    sopInstanceUid: dose.sopInstanceUid,
    grid: dose.grid,
    isocentreMm,
    maximumGy: found.maximumGy,
    maximumAtMm: found.maximumAtMm,
    isocentreGy: found.isocentreGy,
    gyPerCount,
    depth: depthCurves(line, found, stoppingPower(line, geometry, ct?.hu ?? null)),
    planes: (['axial', 'sagittal', 'coronal'] as const).map((name) => plane(name, planes, ct?.planes ?? null)),
  };
}

interface Found {
  readonly maximumGy: number;
  readonly maximumAtMm: Vec3;
  readonly isocentreGy: number | null;
  readonly axis: Float64Array;
  readonly integral: DoseCurve;
}

function lookThrough(dose: DoseFile, line: BeamLine): Found {
  const { grid } = dose;
  const places = Array.from({ length: line.count }, (_, i) => placeOn(line, line.startMm + i * line.stepMm));
  const axis = new ValuesAtPlaces(grid, places);
  const atIsocentre = new ValuesAtPlaces(grid, [line.isocentreMm], NaN);
  const integral = new IntegralDose(grid, line);
  let [maximumGy, largest] = [-1, 0];
  eachFrame(dose, (k, frame) => {
    axis.add(k, frame);
    atIsocentre.add(k, frame);
    integral.add(k, frame);
    for (let i = 0; i < frame.length; i++) {
      const gy = frame[i] as number;
      if (gy > maximumGy) [maximumGy, largest] = [gy, k * frame.length + i];
    }
  });
  const isocentreGy = atIsocentre.values[0] ?? NaN;
  return {
    maximumGy,
    maximumAtMm: placeOfVoxel(grid, largest),
    isocentreGy: Number.isNaN(isocentreGy) ? null : isocentreGy,
    axis: axis.values,
    integral: { startMm: integral.startMm, stepMm: integral.stepMm, values: integral.values() },
  };
}

function eachFrame(dose: DoseFile, look: (k: number, frame: Float64Array) => void): void {
  withFile(dose.path, (file) => {
    for (let k = 0; k < dose.grid.size[2]; k++) look(k, readFrame(file, dose, k));
  });
}

function placeOfVoxel(grid: Grid, index: number): Vec3 {
  const [nx, ny] = grid.size;
  return centreOf(grid, [index % nx, Math.floor(index / nx) % ny, Math.floor(index / (nx * ny))]);
}

/** Planes of the CT nearest to those of the dose, and HU along the beam; null where there is no CT on the disk. */
function lookAtCt(
  path: string,
  place: Vec3,
  line: BeamLine,
): { readonly planes: PlaneTaker; readonly hu: Float64Array } | null {
  const places = Array.from({ length: line.count }, (_, i) => placeOn(line, line.startMm + i * line.stepMm));
  let taken: { readonly planes: PlaneTaker; readonly hu: Float64Array } | null = null;
  readCtVolume(path, (grid) => {
    const planes = new PlaneTaker(grid, voxelAt(grid, place));
    const hu = new ValuesAtPlaces(grid, places, AIR_HU);
    taken = { planes, hu: hu.values };
    return (k, slice) => {
      planes.add(k, slice, (value) => value);
      hu.add(k, slice);
    };
  });
  return taken;
}

/** At each place of the line, relative to water; null where what the beam passed is not known. */
function stoppingPower(
  line: BeamLine,
  { phantom, huToRsp }: PicturedGeometry,
  hu: Float64Array | null,
): Float64Array | null {
  if (phantom !== null) {
    return Float64Array.from({ length: line.count }, (_, i) => {
      const place = placeOn(line, line.startMm + i * line.stepMm);
      const inside = place.every((mm, axis) => mm >= (phantom.minMm[axis] ?? 0) && mm <= (phantom.maxMm[axis] ?? 0));
      return inside ? 1 : 0;
    });
  }
  if (hu === null || huToRsp === null) return null;
  const table = rspTable(huToRsp);
  return hu.map((value) => table[Math.round(value) + 32_768] ?? 0);
}

function depthCurves(line: BeamLine, { axis, integral }: Found, rsp: Float64Array | null): DepthCurves {
  const { startMm, stepMm, count } = line;
  const at = (i: number): number => startMm + i * stepMm;
  const water = rsp === null ? null : waterDepths(rsp, stepMm);
  const surface = rsp === null ? -1 : rsp.findIndex((one) => one > IN_THE_BODY);
  const axisR80Mm = distal80At({ startMm, stepMm, values: axis });
  return {
    startMm,
    stepMm,
    axisGy: Array.from(axis, digits),
    integralGyCm2: Array.from({ length: count }, (_, i) => digits(valueAt(integral, at(i)))),
    waterMm: water === null ? null : Array.from(water, digits),
    surfaceMm: surface < 0 ? null : at(surface),
    axisR80Mm,
    integralR80Mm: distal80At(integral),
    axisR80WaterMm:
      axisR80Mm === null || water === null ? null : valueAt({ startMm, stepMm, values: water }, axisR80Mm),
  };
}

/** More digits a picture does not show. */
const digits = (value: number): number => Number(value.toPrecision(7));

function plane(name: DosePlane['name'], dose: PlaneTaker, ct: PlaneTaker | null): DosePlane {
  return {
    name,
    columnAxis: name === 'sagittal' ? 'y' : 'x',
    rowAxis: name === 'axial' ? 'y' : 'z',
    positionMm: dose.positionMm(name),
    dose: dose.raster(name),
    ct: ct?.raster(name) ?? null,
  };
}

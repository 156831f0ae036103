import { ctGrid, sliceSpacing, stackSlices } from './ct-series.js';
import { CaseError } from './errors.js';
import { ctGeometry, phantomGeometry, type CtGeometryInput, type PhantomChoice } from './geometry-choice.js';
import { voxelCount, type Grid } from './grid.js';
import type { CtSlice } from './inventory.js';

const GIB = 2 ** 30;

/** Bytes for a voxel: the CT image is int16, an engine's dose at most float64, RT Dose has 32 bits. */
const CT_BYTES = 2;
const ENGINE_BYTES = 8;
const DOSE_BYTES = 4;
/** Inputs, headers, logs of a beam: spots of a large field are some MiB of JSON. */
const BEAM_BYTES = 8 * 2 ** 20;

export interface DiskNeedInput {
  /** Slices to calculate on; none: a water phantom. */
  readonly ctSlices: readonly CtSlice[];
  readonly beams: number;
  readonly doseSpacingMm: CtGeometryInput['doseSpacingMm'];
  readonly phantom: PhantomChoice;
  /** True for an engine that is given the CT once more and leaves its dose on the CT's grid (moqui). */
  readonly onCtGrid?: boolean;
  /** Upload targets on the same disk: each holds every RT Dose once more. */
  readonly copies: number;
}

/** With as many columns as rows at least: so moqui is given it. */
const squareVoxels = ({ size: [nx, ny, nz] }: Grid): number => Math.max(nx, ny) * ny * nz;

/**
 * Most bytes the run of a case adds to the disk, when every beam needs one attempt: the CT image, for each beam the
 * engine's dose and its RT Dose, the plan's RT Dose, what an engine needs on the CT's own grid, and what is delivered onto the same disk.
 */
export function diskNeed({ ctSlices, beams, doseSpacingMm, phantom, onCtGrid, copies }: DiskNeedInput): number {
  const ct = ctGridOf(ctSlices);
  const dose =
    ct === null
      ? phantomGeometry('', [0, 0, 0], phantom).doseGrid
      : ctGeometry({ frameOfReferenceUid: '', ctGrid: ct, ctPath: '', huToRsp: [], doseSpacingMm }).doseGrid;
  const voxels = voxelCount(dose);
  const objects = beams + 1;
  const ctBytes = ct === null ? 0 : voxelCount(ct) * CT_BYTES;
  const engineVoxels = onCtGrid === true ? squareVoxels(ct ?? dose) : 0;
  const engineBytes = engineVoxels * (CT_BYTES + beams * ENGINE_BYTES);
  return (
    ctBytes + engineBytes + beams * (voxels * ENGINE_BYTES + BEAM_BYTES) + objects * voxels * DOSE_BYTES * (1 + copies)
  );
}

/** Null where there are none, or they do not make an image: the step that builds it says why. */
function ctGridOf(slices: readonly CtSlice[]): Grid | null {
  if (slices.length === 0) return null;
  try {
    const stack = stackSlices(slices);
    const { spacingMm } = sliceSpacing(stack.offsetsMm);
    return spacingMm === null ? null : ctGrid(stack, spacingMm);
  } catch (thrown) {
    if (thrown instanceof CaseError) return null;
    throw thrown;
  }
}

export interface DiskState {
  readonly freeBytes: number;
  /** What is to stay free (intake.minFreeGiB). */
  readonly minFreeGiB: number;
  /** What the work in question adds; 0: whatever little. */
  readonly needBytes: number;
}

/** The one rule of room on the disk, for the service and `mqi doctor`: what stays free after the work. */
export function hasRoom({ freeBytes, minFreeGiB, needBytes }: DiskState): boolean {
  return freeBytes - needBytes >= minFreeGiB * GIB;
}

/** What is there and what is wanted, in words. */
export function roomWords({ freeBytes, minFreeGiB, needBytes }: DiskState): string {
  const needed = needBytes > 0 ? `${gib(needBytes)} needed and ` : '';
  return `${gib(freeBytes)} free, ${needed}${gib(minFreeGiB * GIB)} to stay free (intake.minFreeGiB)`;
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(bytes > 0 && bytes < GIB / 10 ? 3 : 1)} GiB`;

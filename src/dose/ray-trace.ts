import type { Grid } from '../domain/grid.js';
import type { Vec3 } from '../domain/vector.js';

/** Relative stopping power on a grid, as CT numbers and what each means. Outside the grid is vacuum. */
export interface Medium {
  readonly grid: Grid;
  readonly hu: Int16Array;
  /** Relative stopping power of CT number `hu` at index hu + 32768. */
  readonly rspByHu: Float32Array;
}

export const rspOfVoxel = ({ hu, rspByHu }: Medium, index: number): number =>
  rspByHu[(hu[index] as number) + 32_768] as number;

/**
 * Water-equivalent depth, mm, at `steps` + 1 evenly spaced points of the straight line `from`-`to`, written to `out` at
 * `first`, `first` + `stride`, ... The line is cut exactly at the faces of the voxels (J. Amanatides and A. Woo, "A fast voxel
 * traversal algorithm for ray tracing", Eurographics 1987; R. Siddon, Med. Phys. 12 (1985) 252).
 */
export function traceRay(
  medium: Medium,
  from: Vec3,
  to: Vec3,
  out: { readonly depthMm: Float32Array; readonly first: number; readonly stride: number; readonly steps: number },
): void {
  const walk = enter(medium.grid, from, to);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
  let next = 0;
  let depth = 0;
  const write = (upTo: number, t: number, rsp: number): void => {
    for (; next <= out.steps && next / out.steps <= upTo; next++) {
      const inside = Math.max(next / out.steps - t, 0);
      out.depthMm[out.first + next * out.stride] = depth + inside * rsp * length;
    }
  };
  for (let t = walk.t; t < walk.end;) {
    const rsp = rspOfVoxel(medium, walk.index);
    const leave = advance(walk);
    write(leave, t, rsp);
    depth += (leave - t) * rsp * length;
    t = leave;
  }
  write(2, 2, 0);
}

interface Walk {
  readonly t: number;
  readonly end: number;
  index: number;
  /** Per axis: where the line next crosses a face, how far apart its crossings are, and the step in the array. */
  readonly crossing: [number, number, number];
  readonly apart: Vec3;
  readonly step: Vec3;
  /** Voxels still to come per axis: counted, because added-up crossings may round to just before the last face. */
  readonly left: [number, number, number];
}

/** Moves on to the next voxel; gives where the present one is left. */
function advance(walk: Walk): number {
  const { crossing, apart, step } = walk;
  const [x, y, z] = crossing;
  const axis = x <= y ? (x <= z ? 0 : 2) : y <= z ? 1 : 2;
  const leave = crossing[axis];
  if (leave >= walk.end) return walk.end;
  walk.index += step[axis];
  walk.left[axis]--;
  crossing[axis] = walk.left[axis] > 0 ? leave + apart[axis] : Infinity;
  return leave;
}

function enter({ originMm, spacingMm, size }: Grid, from: Vec3, to: Vec3): Walk {
  const low = AXES.map((a) => originMm[a] - spacingMm[a] / 2);
  const faces = AXES.map((a) => crossings(low[a] as number, spacingMm[a] * size[a], from[a], to[a] - from[a]));
  const t = Math.max(0, ...faces.map(([start]) => start));
  const end = Math.min(1, ...faces.map(([, stop]) => stop));
  const stride = [1, size[0], size[0] * size[1]] as const;
  let index = 0;
  const crossing: [number, number, number] = [Infinity, Infinity, Infinity];
  const apart: [number, number, number] = [Infinity, Infinity, Infinity];
  const step: [number, number, number] = [0, 0, 0];
  const left: [number, number, number] = [0, 0, 0];
  for (const a of AXES) {
    const direction = to[a] - from[a];
    const place = (from[a] + t * direction - (low[a] as number)) / spacingMm[a];
    // On a face, the voxel the line goes into counts; rounding must not leave the grid.
    const voxel = Math.min(
      Math.max(direction < 0 ? Math.ceil(place - 1e-9) - 1 : Math.floor(place + 1e-9), 0),
      size[a] - 1,
    );
    index += voxel * stride[a];
    left[a] = direction > 0 ? size[a] - 1 - voxel : voxel;
    if (direction === 0 || left[a] === 0) continue;
    const face = (low[a] as number) + (voxel + (direction > 0 ? 1 : 0)) * spacingMm[a];
    // A ray that all but runs along a face may reckon its crossing to lie far behind: never before where it is.
    crossing[a] = Math.max((face - from[a]) / direction, t);
    apart[a] = spacingMm[a] / Math.abs(direction);
    step[a] = direction > 0 ? stride[a] : -stride[a];
  }
  return { t, end, index, crossing, apart, step, left };
}

/** Where a line crosses the two faces of a slab; empty when it runs beside it. */
function crossings(low: number, width: number, from: number, direction: number): readonly [number, number] {
  if (direction === 0) return from >= low && from < low + width ? [-Infinity, Infinity] : [Infinity, -Infinity];
  const a = (low - from) / direction;
  const b = (low + width - from) / direction;
  return a < b ? [a, b] : [b, a];
}

const AXES = [0, 1, 2] as const;

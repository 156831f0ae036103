import type { BeamInput } from '../../../domain/beam-input.js';
import type { Grid } from '../../../domain/grid.js';

/** A voxel's share of the field is the field's own; margins are where a spot at the edge still gives half its dose. */
const EDGE_MM = 5;
/** Histories of a spot are rounded down by the program: half of one is lost on average, 0.1 % of this many. */
const LEAST_PER_SPOT = 500;
/** The program counts in 32 bits. */
const MOST = 2_000_000_000;
/** Dialect log makes up to 2.8 protons of a count, by tables of its own, and counts these. */
export const MOST_COUNTS = 700_000_000;

/**
 * Histories of a beam: those asked for, else as many as give a voxel of the field the wanted uncertainty, if n protons
 * through it give 1 / sqrt(n): field area / voxel area x (100 / percent)^2, the field being the box around its spots and the
 * voxel one of the coarsest grid: dose is calculated on the CT's and averaged onto the one that is delivered, or the other way round.
 * Of the voxel's faces the smallest counts, wherever the beam comes from.
 * Never so few that rounding down the histories of each spot would lose more than 0.1 % of the dose.
 */
export function historiesOf(
  beam: BeamInput,
  grids: readonly Grid[],
  wanted: { readonly histories: number | null; readonly statisticalPercent: number },
  most = MOST,
): number {
  const sides = ([0, 1, 2] as const).map((axis) => Math.max(...grids.map(({ spacingMm }) => spacingMm[axis])));
  const [a = NaN, b = NaN] = sides.sort((one, other) => one - other);
  const voxelMm2 = a * b;
  const estimated = (fieldMm2(beam) / voxelMm2) * (100 / wanted.statisticalPercent) ** 2;
  const spots = beam.layers.reduce((sum, { meterset }) => sum + meterset.filter((mu) => mu > 0).length, 0);
  const least = LEAST_PER_SPOT * spots;
  return Math.min(most, Math.ceil(Math.max(wanted.histories ?? estimated, least)));
}

function fieldMm2({ layers }: BeamInput): number {
  const extent = (pick: (layer: BeamInput['layers'][number]) => readonly number[]): number => {
    let [low, high] = [Infinity, -Infinity];
    for (const layer of layers) {
      for (const mm of pick(layer)) {
        low = Math.min(low, mm);
        high = Math.max(high, mm);
      }
    }
    return high - low + 2 * EDGE_MM;
  };
  return extent(({ xMm }) => xMm) * extent(({ yMm }) => yMm);
}

import { tableValue } from '../dose/scattering.js';
import { obliquity, rays, type Fan } from './fan.js';
import type { CellBox } from './fluence.js';
import { depthReached, type PreparedLayer } from './prepared-layer.js';

/** What one slab of the fan does to a layer's protons, over the cells of its box. */
export interface SlabOutcome {
  /** Whether any ray still had protons when it entered this slab. */
  readonly alive: boolean;
  /** Smallest and largest variance of scattering among the rays that have dose here; Infinity and 0 if none has. */
  readonly leastVariance: number;
  readonly mostVariance: number;
}

/**
 * Follows a layer's protons along every ray, slab by slab: the energy a proton leaves per mm of water (the mean over the
 * slab) and how far scattering in the patient has spread it, by Fermi-Eyges moments along the true, not the
 * water-equivalent, path, so that protons also drift apart in lung and in cavities. Tissue scatters as water of its
 * water-equivalent thickness.
 */
export class RayTransport {
  /** MeV per mm in the slab last passed, and variance of the scattering at its middle, mm2; by cell. */
  readonly meVPerMm: Float64Array;
  readonly varianceMm2: Float64Array;
  /** Per cell: the moments of scattering.ts (angle, covariance, position), then the tables' values where the ray is. */
  readonly #state: Float64Array;
  readonly #oblique: Float64Array;

  constructor(
    private readonly fan: Fan,
    private readonly depthMm: Float32Array,
  ) {
    const count = rays(fan);
    this.meVPerMm = new Float64Array(count);
    this.varianceMm2 = new Float64Array(count);
    this.#state = new Float64Array(count * STATE);
    this.#oblique = Float64Array.from({ length: count }, (_, at) => {
      const u = fan.edgeMm[0] + ((at % fan.size[0]) + 0.5) * fan.spacingMm;
      return obliquity(fan, u, fan.edgeMm[1] + (Math.floor(at / fan.size[0]) + 0.5) * fan.spacingMm);
    });
  }

  /** Back to where the layer's protons leave the range shifter. */
  reset({ energyByDepth, angleByDepth, shifterMm, tableStepMm }: PreparedLayer): void {
    const energy = tableValue(energyByDepth, shifterMm / tableStepMm);
    const angle = tableValue(angleByDepth, shifterMm / tableStepMm);
    this.#state.fill(0);
    for (let at = 0; at < this.#state.length; at += STATE) {
      this.#state[at + 3] = energy;
      this.#state[at + 4] = angle;
    }
  }

  pass(layer: PreparedLayer, slab: number, box: CellBox): SlabOutcome {
    const endMm = depthReached(layer);
    const { depthMm, meVPerMm, varianceMm2 } = this;
    const count = meVPerMm.length;
    let leastVariance = Infinity;
    let mostVariance = 0;
    let alive = false;
    for (let j = box.fromV; j < box.toV; j++) {
      for (let at = j * this.fan.size[0] + box.fromU; at < j * this.fan.size[0] + box.toU; at++) {
        const from = depthMm[slab * count + at] as number;
        if (from >= endMm) {
          meVPerMm[at] = 0;
          continue;
        }
        const variance = this.#passCell(layer, at, from, depthMm[(slab + 1) * count + at] as number);
        varianceMm2[at] = variance;
        alive = true;
        if (variance < leastVariance) leastVariance = variance;
        if (variance > mostVariance) mostVariance = variance;
      }
    }
    return { alive, leastVariance, mostVariance };
  }

  /** Takes one ray from depth `from` to `to`, mm of water in the patient; gives the variance in the middle. */
  #passCell(layer: PreparedLayer, at: number, from: number, to: number): number {
    const state = this.#state;
    const { tableStepMm, energyByDepth, angleByDepth, shifterMm } = layer;
    const k = at * STATE;
    const oblique = this.#oblique[at] as number;
    const mm = this.fan.stepMm * oblique;
    const energyBefore = state[k + 3] as number;
    const gatheredBefore = state[k + 4] as number;
    const position = (shifterMm + to) / tableStepMm;
    const energyAfter = tableValue(energyByDepth, position);
    const gatheredAfter = tableValue(angleByDepth, position);
    const gained = gatheredAfter - gatheredBefore;
    const angle = state[k] as number;
    const covariance = state[k + 1] as number;
    const before = state[k + 2] as number;
    const after = before + (2 * covariance + angle * mm + (gained * mm) / 3) * mm;
    state[k] = angle + gained;
    state[k + 1] = covariance + (angle + gained / 2) * mm;
    state[k + 2] = after;
    state[k + 3] = energyAfter;
    state[k + 4] = gatheredAfter;
    // Over hardly any water the difference of the table drowns in rounding: take that of one table step instead.
    const perMm =
      to - from > tableStepMm
        ? (energyAfter - energyBefore) / (to - from)
        : (tableValue(energyByDepth, position + 1) - energyAfter) / tableStepMm;
    this.meVPerMm[at] = oblique * perMm;
    return (before + after) / 2;
  }
}

/** Values kept per ray. */
const STATE = 5;

import type { Grid } from '../domain/grid.js';
import { magnification, rays } from './fan.js';
import { spreadSpots, type CellBox } from './fluence.js';
import { CUT_SIGMAS, layerReach, spotBlur, type FanPlan } from './plan-fan.js';
import { airVariance, depthReached, type PreparedLayer } from './prepared-layer.js';
import { RayTransport, type SlabOutcome } from './ray-transport.js';
import { PlaneScatterer } from './scatter-plane.js';

/** 1 MeV/mm through 1 mm2 of water (1e-6 kg per mm3), in Gy. */
const GY_PER_MEV_PER_MM3 = 1.602_176_634e-13 / 1e-6;
/** Rays whose scattering differs by less than this part of a spot's whole variance are taken to scatter alike. */
const ALIKE = 0.03;

/**
 * Adds the dose of energy layers to a fan, in Gy. In each slab the spots are spread to the protons through every cell;
 * each cell's protons leave the energy that goes with the water-equivalent depth of its own ray, and are then scattered
 * with the sigma of their own ray. Where all rays scatter alike (a water phantom) the spots are spread at once to their full
 * width, which is the same and faster.
 */
export class LayerDose {
  readonly #transport: RayTransport;
  readonly #scatterer: PlaneScatterer;
  readonly #plane: Float64Array;

  /** `depthMm` as traceFan gives it; `doseGy` runs over the slabs from the plan's firstDoseSlab on. */
  constructor(
    private readonly plan: FanPlan,
    private readonly doseGrid: Grid,
    private readonly depthMm: Float32Array,
    private readonly doseGy: Float32Array,
  ) {
    this.#transport = new RayTransport(plan.fan, depthMm);
    this.#scatterer = new PlaneScatterer(plan.fan.size[0], plan.fan.size[1]);
    this.#plane = new Float64Array(rays(plan.fan));
  }

  /** `progress` is told the part of the layer that is done. */
  add(layer: PreparedLayer, progress: (part: number) => void): void {
    const { fan } = this.plan;
    const end = this.#endSlab(layer);
    const box = this.#box(layer, CUT_SIGMAS, end);
    this.#transport.reset(layer);
    for (let slab = 0; slab < end; slab++) {
      const outcome = this.#transport.pass(layer, slab, box);
      if (!outcome.alive) break;
      if (slab >= fan.firstDoseSlab) this.#addSlab(layer, slab, box, outcome);
      progress((slab + 1) / end);
    }
  }

  #addSlab(layer: PreparedLayer, slab: number, box: CellBox, outcome: SlabOutcome): void {
    const { fan } = this.plan;
    const heightMm = fan.topMm - (slab + 0.5) * fan.stepMm;
    const scale = magnification(fan, heightMm);
    const cellMm = [fan.spacingMm * scale[0], fan.spacingMm * scale[1]] as const;
    const blur = spotBlur(this.plan, this.doseGrid, heightMm);
    const air = ([0, 1] as const).map((axis) => airVariance(layer, axis, heightMm) + blur[axis]);
    const middle = (outcome.leastVariance + outcome.mostVariance) / 2;
    const alike = outcome.mostVariance - outcome.leastVariance <= ALIKE * (Math.min(...air) + middle);
    const sigma = (axis: 0 | 1): number =>
      Math.sqrt(Math.max((air[axis] as number) + (alike ? middle : 0), LEAST_VARIANCE_MM2)) / scale[axis];
    spreadSpots(layer.rows, fan, box, [sigma(0), sigma(1)], this.#plane);
    this.#depositEnergy(box);
    if (!alike) this.#scatterer.scatter(this.#plane, this.#transport.varianceMm2, cellMm, box);
    this.#addPlane(slab, box, GY_PER_MEV_PER_MM3 / (cellMm[0] * cellMm[1]));
  }

  #depositEnergy({ fromU, toU, fromV, toV }: CellBox): void {
    const width = this.plan.fan.size[0];
    const { meVPerMm } = this.#transport;
    const plane = this.#plane;
    for (let j = fromV; j < toV; j++) {
      for (let at = j * width + fromU; at < j * width + toU; at++) {
        plane[at] = (plane[at] as number) * (meVPerMm[at] as number);
      }
    }
  }

  #addPlane(slab: number, { fromU, toU, fromV, toV }: CellBox, factor: number): void {
    const width = this.plan.fan.size[0];
    const plane = this.#plane;
    const { doseGy } = this;
    const start = (slab - this.plan.fan.firstDoseSlab) * plane.length;
    for (let j = fromV; j < toV; j++) {
      for (let at = j * width + fromU; at < j * width + toU; at++) {
        doseGy[start + at] = (doseGy[start + at] as number) + (plane[at] as number) * factor;
      }
    }
  }

  /**
   * The slab by which all protons have stopped on the rays within 2 sigma of the spots. What passes beside the patient
   * farther out, a few percent of the outermost spots, is not followed beyond it.
   */
  #endSlab(layer: PreparedLayer): number {
    const { slabs, size } = this.plan.fan;
    const core = this.#box(layer, 2, slabs);
    const endMm = depthReached(layer);
    const stopped = (slab: number): boolean => {
      for (let j = core.fromV; j < core.toV; j++) {
        for (let i = core.fromU; i < core.toU; i++) {
          if ((this.depthMm[(slab * size[1] + j) * size[0] + i] as number) < endMm) return false;
        }
      }
      return true;
    };
    let least = 1;
    for (let most = slabs; least < most;) {
      const middle = Math.floor((least + most) / 2);
      if (stopped(middle)) most = middle;
      else least = middle + 1;
    }
    return least;
  }

  /** Cells the layer's spots can reach, up to so many sigmas, before a slab. */
  #box(layer: PreparedLayer, sigmas: number, endSlab: number): CellBox {
    const { fan } = this.plan;
    const reach = layerReach(layer, fan.sadMm, fan.topMm - endSlab * fan.stepMm, fan.topMm, sigmas);
    const cell = (axis: 0 | 1, mm: number, round: (x: number) => number): number =>
      Math.min(Math.max(round((mm - fan.edgeMm[axis]) / fan.spacingMm), 0), fan.size[axis]);
    return {
      fromU: cell(0, reach.low[0], Math.floor),
      toU: cell(0, reach.high[0], Math.ceil),
      fromV: cell(1, reach.low[1], Math.floor),
      toV: cell(1, reach.high[1], Math.ceil),
    };
  }
}

/** Keeps a Gaussian a Gaussian when a spot has next to no width. */
const LEAST_VARIANCE_MM2 = 0.01;

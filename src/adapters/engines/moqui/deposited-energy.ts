import { permanent } from '../../../domain/errors.js';
import type { Grid } from '../../../domain/grid.js';

/** kg per mm3 of what has density 1 g/cm3. */
const KG_PER_MM3 = 1e-6;
/** Air, relative to water: below it no tissue lies. */
const LEAST_DENSITY = 0.0012;
/**
 * Protons leave up to 95 % of their energy in the patient, so twice the dose shows; what CT numbers say of density is wrong
 * by less than this.
 */
const TOLERANCE = 1.3;

/**
 * Energy that a dose holds, sum of dose x mass with density 1 + HU / 1000. A dose that holds more than the beam brought in
 * was scaled twice: by a scorer list or the number of fractions. Protons per MU that are wrong in the machine file do not show:
 * what the beam brings in follows from the same file.
 */
export class DepositedEnergy {
  readonly #voxelMm3: number;
  #joule = 0;

  constructor({ spacingMm: [x, y, z] }: Grid) {
    this.#voxelMm3 = x * y * z;
  }

  /** Dose, Gy, and CT numbers of one plane. */
  add(gy: Float64Array, hu: Int16Array): void {
    let sum = 0;
    for (let i = 0; i < gy.length; i++) sum += (gy[i] ?? 0) * Math.max(LEAST_DENSITY, 1 + (hu[i] ?? 0) / 1000);
    this.#joule += sum * this.#voxelMm3 * KG_PER_MM3;
  }

  /** @throws permanent `engine.bad-dose` */
  holdAgainst(beamEnergyJ: number | null): void {
    if (beamEnergyJ === null || this.#joule <= TOLERANCE * beamEnergyJ) return;
    const times = (this.#joule / beamEnergyJ).toPrecision(3);
    throw permanent('engine.bad-dose', `the dose holds ${times} times the energy that the beam brings in`, {
      remedy: 'look for a second scorer or the number of fractions in what the engine did',
    });
  }
}

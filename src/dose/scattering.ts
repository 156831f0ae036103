import { cumulate } from './depth-dose.js';
import { energyWithRangeMeV, rangeMm } from './proton-range.js';

/**
 * Moments of a pencil of protons in one lateral direction (L. Eyges, Phys. Rev. 74 (1948) 1534): variance of the angle,
 * covariance of angle and position, variance of the position, in rad2, mm and mm2.
 */
export interface Moments {
  readonly angle: number;
  readonly covariance: number;
  readonly position: number;
}

export const NO_SPREAD: Moments = { angle: 0, covariance: 0, position: 0 };

/** Product of momentum and speed, MeV, of a proton of that kinetic energy. */
export const pvMeV = (energyMeV: number): number => (energyMeV * (energyMeV + 2 * REST_MEV)) / (energyMeV + REST_MEV);

/**
 * Scattering power in water, rad2 per mm: "differential Moliere" formula of B. Gottschalk, "On the scattering power of
 * radiotherapy protons", Med. Phys. 37 (2010) 352-367 (arXiv:0908.1413), with p1v1 of the proton as it left the beam
 * line. Nought in the first hundredths of a mm, where the fit of the single-scattering correction turns negative.
 */
export function scatteringPower(pv: number, p1v1: number): number {
  const lost = Math.log10(Math.max(1 - (pv / p1v1) ** 2, 1e-12));
  const lgPv = Math.log10(pv);
  const correction = 0.5244 + 0.1975 * lost + 0.232 * lgPv - 0.0098 * lgPv * lost;
  return (Math.max(correction, 0) * (15 / pv) ** 2) / SCATTERING_LENGTH_MM;
}

/**
 * Variance of the angle gathered between the beam line's end and each depth i * stepMm of water, rad2. Near the end of
 * range the power of a proton with 1 mm left is used: the divergent end is smeared out by straggling anyway.
 */
export function gatheredAngle(energyMeV: number, count: number, stepMm: number): Float64Array {
  const range = rangeMm(energyMeV);
  const p1v1 = pvMeV(energyMeV);
  const power = Float64Array.from({ length: count }, (_, i) =>
    scatteringPower(pvMeV(energyWithRangeMeV(Math.max(range - i * stepMm, 1))), p1v1),
  );
  return cumulate(power, stepMm);
}

/** The moments after a drift that scatters nothing. */
export const drift = ({ angle, covariance, position }: Moments, mm: number): Moments => ({
  angle,
  covariance: covariance + angle * mm,
  position: position + 2 * covariance * mm + angle * mm * mm,
});

/** The moments after a short step of `mm` over which the angle's variance grows evenly by `gained`. */
export function scatter(moments: Moments, mm: number, gained: number): Moments {
  const { angle, covariance, position } = drift(moments, mm);
  return {
    angle: angle + gained,
    covariance: covariance + (gained * mm) / 2,
    position: position + (gained * mm * mm) / 3,
  };
}

/** Moments behind a slab of water of `thicknessMm` that begins at `depthMm` of water, entered with `before`. */
export function throughWater(
  before: Moments,
  angleByDepth: Float64Array,
  stepMm: number,
  depthMm: number,
  thicknessMm: number,
): Moments {
  const at = (mm: number): number => tableValue(angleByDepth, mm / stepMm);
  const steps = Math.max(1, Math.ceil(thicknessMm));
  const each = thicknessMm / steps;
  let moments = before;
  for (let i = 0; i < steps; i++) {
    const from = depthMm + i * each;
    moments = scatter(moments, each, at(from + each) - at(from));
  }
  return moments;
}

/** Lateral sigma, mm, that a pencil without width or divergence has at a depth of water. */
export function sigmaInWaterMm(energyMeV: number, depthMm: number): number {
  const stepMm = 0.1;
  const angle = gatheredAngle(energyMeV, Math.ceil(depthMm / stepMm) + 2, stepMm);
  return Math.sqrt(throughWater(NO_SPREAD, angle, stepMm, 0, depthMm).position);
}

/** Linear interpolation in a table over whole positions; its last value beyond its end. */
export function tableValue(table: Float64Array, position: number): number {
  const last = table.length - 1;
  if (position >= last) return table[last] as number;
  const i = Math.floor(position);
  const below = table[i] as number;
  return below + (position - i) * ((table[i + 1] as number) - below);
}

const REST_MEV = 938.272;
/** X_S of water from its composition by Gottschalk's eq. for 1/(rho X_S), 46.88 g/cm2. */
const SCATTERING_LENGTH_MM = 468.8;

import type { Machine } from '../../src/domain/machine.js';
import { COUNTS_PER_METERSET, TYPICAL_CALIBRATION } from './a-delivery-log.js';

/** Fits the machines of our plans (TR1) and of made cases (SYNTHETIC_G1), with the calibration of synthetic logs. */
export const A_CALIBRATED_MACHINE: Machine = {
  pattern: '/G1|TR1/',
  beamModel: 'generic',
  gantryNumber: 1,
  calibration: { ...TYPICAL_CALIBRATION, countsPerMu: COUNTS_PER_METERSET },
};

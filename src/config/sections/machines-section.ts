import { z } from 'zod';
import { about } from '../choice.js';

/** A text between slashes must be a regular expression; any other is fine. */
function isPattern(pattern: string): boolean {
  const expression = /^\/(.*)\/$/.exec(pattern)?.[1];
  try {
    return expression === undefined || new RegExp(expression, 'i') instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const counts = z.number().min(0).max(65_535).meta({ rule: 'a number of counts from 0 to 65535' });
const mmPerCount = z
  .number()
  .min(-1)
  .max(1)
  .refine((gain) => gain !== 0)
  .meta({ rule: 'a number of mm (per count) from -1 to 1, not 0' });

/** Calibration of the scan monitors of a machine (docs/delivery-logs.md). */
const calibration = z.strictObject({
  timeGainMs: z.number().gt(0).max(100).meta({ rule: 'a number of ms (from row to row), more than 0' }),
  xOffsetCounts: counts,
  yOffsetCounts: counts,
  xGainMm: mmPerCount,
  yGainMm: mmPerCount,
  countsPerMu: z.number().gt(0).nullable().default(null).meta({ rule: 'null, or a number, more than 0' }),
});

export const machinesList = z
  .array(
    z.strictObject({
      pattern: z
        .string()
        .min(1)
        .refine(isPattern)
        .meta({ rule: 'a piece of a machine name in which * and ? are wildcards, or /a regular expression/' }),
      beamModel: z
        .string()
        .regex(/^[\w.-]+$/)
        .meta({ rule: 'the name of a file config/beam-models/NAME.yaml, without .yaml' }),
      gantryNumber: z
        .union([z.literal(1), z.literal(2)])
        .nullable()
        .default(null)
        .meta({ rule: 'null, 1 or 2: the nozzle that moqui of dialect log calculates with' }),
      calibration: calibration.nullable().default(null),
    }),
  )
  .prefault([
    { pattern: 'G1', beamModel: 'generic' },
    { pattern: 'G2', beamModel: 'generic' },
  ])
  .meta(
    about(
      'Which machine has which beam model, and, for delivery logs, which gantry it is (1 or 2) and what its counts mean. The first entry whose pattern is found in TreatmentMachineName counts, upper and lower case alike (G1 fits G1_PROTON); a machine that none fits gets the model generic, and the result says so. An example of a calibration, with typical figures that must be replaced by measured ones, is in docs/delivery-logs.md.',
      {
        rule: 'list of {pattern, beamModel} and, where known, {gantryNumber, calibration: {timeGainMs, xOffsetCounts, yOffsetCounts, xGainMm, yGainMm, countsPerMu}}',
      },
    ),
  );

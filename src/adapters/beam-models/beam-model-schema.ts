import { z } from 'zod';
import type { BeamModel } from '../../domain/beam-model.js';

const positive = z.number().positive();
const notNegative = z.number().min(0);

const entry = z.strictObject({
  energyMeV: z.number().min(1).max(300),
  energySpreadPercent: notNegative.max(10),
  sigmaAtIsocentreMm: z.tuple([positive, positive]),
  divergenceMrad: z.tuple([notNegative, notNegative]),
  protonsPerMu: positive,
});

/** What config/beam-models/NAME.yaml must be; units and meaning in src/domain/beam-model.ts. */
export const beamModelSchema: z.ZodType<BeamModel> = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  virtualSadMm: z.tuple([positive, positive]),
  rangeShifters: z.record(z.string(), positive),
  table: z
    .array(entry)
    .min(1)
    .refine((table) => table.every(({ energyMeV }, i) => i === 0 || energyMeV > (table[i - 1]?.energyMeV ?? 0)), {
      message: 'energies must rise',
    }),
});

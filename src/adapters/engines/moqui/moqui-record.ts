import { z } from 'zod';
import type { Grid } from '../../../domain/grid.js';
import { permanent } from '../../../domain/errors.js';

const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();
const count = z.int().min(1);

/** What was given to the program, kept beside it: the judgement, also one after a restart, goes by this and no later setting. */
const Record = z.strictObject({
  format: z.literal('mqi-moqui/1'),
  dialect: z.enum(['upstream', 'log']),
  /** Grid of the result: that of the CT given, or of the phantom. */
  grid: z
    .strictObject({ originMm: triple, spacingMm: triple, size: z.tuple([count, count, count]).readonly() })
    .readonly(),
  /** Null: on the patient's axes; else on the gantry's, with this place as origin (gantry-box.ts). */
  gantryOriginMm: triple.nullable().default(null),
  /** A value of the result times this is Gy per fraction. */
  toGy: z.number().positive(),
  /** Energy that the beam brings in, J per fraction; null where it is not known. */
  beamEnergyJ: z.number().positive().nullable(),
  /** Energy that one history adds to the result, J per fraction, where only the program knows how many it makes. */
  historyEnergyJ: z.number().positive().nullable().default(null),
  histories: count,
  /** Absent in records of earlier versions. */
  spots: count.optional(),
  /** Of records of earlier versions: the program then was hashed before. */
  programSha256: z.string().nullable().optional(),
  inputSha256: z.string(),
  /** Files of the attempt's folder and their SHA-256; those of the CT are in `inputSha256`'s list as well. */
  files: z.record(z.string(), z.string()),
  remarks: z.array(z.string()).readonly(),
});
export type MoquiRecord = z.output<typeof Record> & { readonly grid: Grid };

export function parseMoquiRecord(value: unknown): MoquiRecord {
  const parsed = Record.safeParse(value);
  if (!parsed.success) throw permanent('work.damaged', 'moqui.json of the attempt is damaged', { cause: parsed.error });
  return parsed.data;
}

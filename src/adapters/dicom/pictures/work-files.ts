import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { PATIENT_POSITIONS } from '../../../domain/beam-input.js';
import { operator, permanent } from '../../../domain/errors.js';
import { systemCode } from '../../../files/system-code.js';

/** As large as an input of 400,000 spots. */
const MOST_BYTES = 64 * 2 ** 20;

const vector = z.tuple([z.number(), z.number(), z.number()]);
const numbers = z.array(z.number());
const beamSchema = z.object({
  beamNumber: z.int().min(0),
  patientPosition: z.enum(PATIENT_POSITIONS),
  gantryAngleDeg: z.number(),
  couchAngleDeg: z.number(),
  isocentreMm: vector,
  metersetUnit: z.enum(['MU', 'NP']),
  meterset: z.number(),
  layers: z.array(
    z.object({
      energyMeV: z.number(),
      paintings: z.int(),
      xMm: numbers,
      yMm: numbers,
      meterset: numbers,
    }),
  ),
});
const geometrySchema = z.object({
  huToRsp: z.array(z.tuple([z.number(), z.number()])).nullable(),
  phantom: z.object({ minMm: vector, maxMm: vector }).nullable(),
  setToBeam: z.boolean(),
});

/** What pictures want of beam.json and geometry.json. */
export type PicturedBeam = z.output<typeof beamSchema>;
export type PicturedGeometry = z.output<typeof geometrySchema>;

export const readPicturedBeam = (path: string): PicturedBeam => readJson(path, beamSchema, 'the input of the beam');
export const readPicturedGeometry = (path: string): PicturedGeometry => readJson(path, geometrySchema, 'the geometry');

function readJson<T>(path: string, schema: z.ZodType<T>, what: string): T {
  let value: unknown;
  try {
    if (statSync(path).size > MOST_BYTES) throw damaged(what);
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') throw notThere(`${what} is not in the work folder`);
    if (thrown instanceof SyntaxError) throw damaged(what);
    throw thrown;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw damaged(what);
  return parsed.data;
}

export const notThere = (what: string): Error =>
  operator('picture.not-there', `${what}: not made yet, or cleaned away`, {
    remedy: 'look again when the beam is done; what was cleaned away comes back with: mqi retry ID --from validate',
  });

const damaged = (what: string): Error =>
  permanent('work.damaged', `${what} in the work folder is not as it was written`, {
    remedy: 'mqi retry ID --from interpret',
  });

import { z } from 'zod';
import { PATIENT_POSITIONS } from '../../domain/beam-input.js';
import type { BeamInput } from '../../domain/beam-input.js';

const mm = z.number();
const vector = z.tuple([mm, mm, mm]).readonly();
const pair = z.tuple([z.number().positive(), z.number().positive()]).readonly();
const beamNumber = z.int().min(0);

const rangeShifter = z.strictObject({
  number: z.int().min(0).describe('RangeShifterNumber'),
  id: z.string().describe('RangeShifterID'),
  waterEquivalentThicknessMm: z.number().positive().describe("From the plan, or the beam model's for this id"),
  isocentreDistanceMm: z.number().nullable().describe('Isocentre to the downstream side; null: the snout position'),
});

const layer = z.strictObject({
  controlPointIndex: z.int().min(0).describe('Position of the control point in the plan, from 0'),
  energyMeV: z.number().positive().describe('NominalBeamEnergy'),
  paintings: z.int().min(1).describe('NumberOfPaintings; the meterset below is of all of them together'),
  spotSizeFwhmMm: pair.nullable().describe("ScanningSpotSize, FWHM x and y at isocentre; null: the beam model's"),
  xMm: z.array(mm).min(1).readonly().describe('Spot positions at isocentre along Xg of IEC 61217'),
  yMm: z.array(mm).min(1).readonly().describe('Spot positions at isocentre along Yg of IEC 61217'),
  meterset: z.array(z.number().min(0)).min(1).readonly().describe('Per fraction, in metersetUnit; 0 occurs'),
  protons: z.array(z.number().min(0)).min(1).readonly().describe('Per fraction'),
});

/** beam.json as engines may rely on it; docs/beam-input.schema.json is made of this. */
export const BeamInputSchema = z.strictObject({
  format: z.literal('mqi-beam/1'),
  caseId: z.string().min(1),
  run: z.int().min(1),
  beamNumber: beamNumber.describe('BeamNumber of the plan: may be 0, need not be contiguous'),
  beamName: z.string(),
  machine: z.string().describe('TreatmentMachineName'),
  beamModel: z.string().min(1).describe('config/beam-models/NAME.yaml; generic where no model names the machine'),
  radiationType: z.literal('PROTON'),
  patientPosition: z.enum(PATIENT_POSITIONS),
  gantryAngleDeg: z.number().min(0).max(360),
  couchAngleDeg: z.number().min(0).max(360).describe('PatientSupportAngle'),
  isocentreMm: vector.describe('DICOM patient coordinates'),
  snoutPositionMm: z.number().nullable(),
  virtualSadMm: pair.nullable().describe("Scanning magnet x, y to isocentre; null: the beam model's"),
  rangeShifters: z.array(rangeShifter.readonly()).readonly().describe('Those in the beam'),
  fractionsPlanned: z.int().min(1),
  metersetUnit: z.enum(['MU', 'NP']),
  meterset: z.number().positive().describe('BeamMeterset: per fraction, in metersetUnit'),
  protons: z.number().positive().describe('Per fraction, over all spots'),
  layers: z.array(layer.readonly()).min(1).readonly().describe('Control points that carry weight, in plan order'),
});

/** Does not compile when schema and domain type part. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
export const SCHEMA_AGREES: Same<z.output<typeof BeamInputSchema>, BeamInput> = true;

/** JSON Schema (draft 2020-12) of beam.json. */
export function beamInputJsonSchema(): Record<string, unknown> {
  return {
    title: 'Input of a dose engine: one beam (beam.json)',
    ...z.toJSONSchema(BeamInputSchema, { io: 'input' }),
  };
}

import { z } from 'zod';
import { about, choice } from '../choice.js';

export const interpretationSection = z
  .strictObject({
    kind: choice(['auto', 'plan', 'shi-log', 'command'])
      .default('auto')
      .meta(
        about(
          'What the engine input is made of. plan: the RT Ion Plan; shi-log: the delivery logs of a Sumitomo machine, for which every case waits; auto: the logs where a case has any and its machine has a calibration, else the plan; command: by a program of yours.',
        ),
      ),
    shiLog: z
      .strictObject({
        spotToleranceMm: z
          .number()
          .gt(0)
          .max(10)
          .default(0.5)
          .meta(
            about(
              'Rows of a delivery log in which the beam stays this near to the mean of those before are one spot; a scanned line becomes spots this far apart.',
            ),
          ),
      })
      .prefault({})
      .meta({ description: 'How delivery logs are read (docs/delivery-logs.md).' }),
    command: z
      .strictObject({
        argv: z
          .array(z.string())
          .min(1)
          .nullable()
          .default(null)
          .meta(
            about(
              'Program and arguments, one to an entry; no shell is involved. Placeholders: {case} (dropped folder), {plan} (copy of the plan), {workDir}, {output} (folder to write beam-NNN.json to, one for each treatment beam), {caseId}, {run}.',
              { rule: 'null, or a list of texts, the program first' },
            ),
          ),
        timeoutMinutes: z
          .number()
          .gt(0)
          .max(60)
          .default(30)
          .meta(about('A program that runs longer is ended with all it started, and tried again.')),
      })
      .prefault({})
      .meta({ description: 'The program of interpretation kind command, run once for each case.' }),
  })
  .prefault({})
  .meta({ description: 'From the case to the input of an engine.' });

/**
 * The usual start where a scanner was not calibrated: the fit over human tissues of U. Schneider, E. Pedroni, A. Lomax,
 * "The calibration of CT Hounsfield units for radiotherapy treatment planning", Phys. Med. Biol. 41 (1996) 111-124, as
 * published in open planning software: 1 + 0.99894 HU/1000 below water, 1 + 0.001174 HU up to 41.46, then
 * 1.0279 + 0.0005011 HU. The knots below are those three lines, to the four digits the fit has.
 */
const SCHNEIDER_1996: [number, number][] = [
  [-1000, 0.0011],
  [0, 1],
  [41.46, 1.0487],
  [3071, 2.5668],
];

const spacingMm = z.number().min(0.5).max(20);

export const geometrySection = z
  .strictObject({
    kind: choice(['auto', 'ct', 'water-phantom'])
      .default('auto')
      .meta(about('What is shot at. auto: the CT if the case has one, else a water phantom set to each beam.')),
    doseSpacingMm: z
      .union([spacingMm, z.tuple([spacingMm, spacingMm, spacingMm])])
      .nullable()
      .default(null)
      .meta(
        about("Spacing of the dose grid, x y z. null: the CT's own, but at least 2 mm; in the phantom its spacing.", {
          rule: 'null, a number from 0.5 to 20, or a list of three such numbers',
        }),
      ),
    phantom: z
      .strictObject({
        sizeMm: z
          .tuple([z.number().min(10).max(1000), z.number().min(10).max(1000), z.number().min(10).max(1000)])
          .default([300, 300, 400])
          .meta(
            about('Size of the water phantom: two sides across the beam, and its depth.', {
              rule: 'list of three numbers from 10 to 1000',
            }),
          ),
        spacingMm: spacingMm.default(2).meta(about('Spacing of the dose grid in the water phantom.')),
      })
      .prefault({})
      .meta({ description: 'The water phantom.' }),
    huToRsp: z
      .array(z.tuple([z.number(), z.number().min(0).max(25)]))
      .min(2)
      .default(SCHNEIDER_1996)
      .meta(
        about(
          'Relative stopping power by HU, linear in between, constant beyond the ends. The default is the fit of Schneider, Pedroni and Lomax (Phys. Med. Biol. 41, 1996, 111-124), not a calibration of your scanner.',
          { rule: 'list of at least two [HU, relative stopping power], HU rising, stopping power from 0 to 25' },
        ),
      ),
  })
  .prefault({})
  .meta({ description: 'What the beams are shot at, and where dose is wanted.' });

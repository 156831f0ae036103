import { z } from 'zod';
import { MOQUI_DIALECTS } from '../../domain/moqui-parameters.js';
import { about, choice } from '../choice.js';

const single = z.union([z.string(), z.number()]);

export const moquiSection = z
  .strictObject({
    program: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .meta(
        about('The program tps_env: an absolute path, or a name that is looked for in PATH where the job runs.', {
          rule: 'null, or a path or name of a program',
        }),
      ),
    dialect: choice(MOQUI_DIALECTS)
      .default('upstream')
      .meta(
        about(
          'The program: upstream is the public one, which reads the plan; log the one that reads spots from delivery CSVs.',
        ),
      ),
    machineFile: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .meta(
        about('Beam data of the machine ([spot] and [rangeshifter_thickness] tables) for dialect upstream.', {
          rule: 'null, or a path; relative to root',
        }),
      ),
    histories: z
      .int()
      .min(1000)
      .max(2_000_000_000)
      .nullable()
      .default(null)
      .meta(
        about('Histories for each beam. null: as many as statisticalPercent takes.', {
          rule: 'null, or a whole number from 1000 to 2000000000',
        }),
      ),
    statisticalPercent: z
      .number()
      .min(0.1)
      .max(20)
      .default(1)
      .meta(
        about(
          'Wanted statistical uncertainty (1 sigma) of the dose in a voxel of the delivered dose, in the field, percent; estimated before.',
        ),
      ),
    rbe: z
      .number()
      .min(1)
      .max(2)
      .default(1)
      .meta(
        about(
          'Factor that this build multiplies physical dose by although it is told RBE 1; the result is divided by it.',
        ),
      ),
    countsPerMeterset: z
      .number()
      .gt(0)
      .nullable()
      .default(null)
      .meta(
        about(
          'Dialect log: counts in the CSV for one MU, by your calibration of the program (docs/engines.md). null: countsPerMu of the calibration of the machine.',
          {
            rule: 'null, or a number, more than 0',
          },
        ),
      ),
    snoutPositionMm: z
      .number()
      .gt(0)
      .nullable()
      .default(null)
      .meta(
        about(
          'Snout Position (isocentre to snout, mm) of beams whose plan states none: moqui lets protons begin by it. null: such beams are refused.',
          { rule: 'null, or a number, more than 0' },
        ),
      ),
    rangeShifters: z
      .array(z.string().min(1))
      .default([])
      .meta(
        about(
          'Dialect log: range shifter IDs that the program knows; others are refused. Dialect upstream: those of the machine file.',
          { rule: 'list of texts' },
        ),
      ),
    parameters: z
      .record(z.string(), z.union([single, z.boolean(), z.array(single)]))
      .default({})
      .meta(
        about(
          'Further lines of the input file, name: value (text, number, true or false, list). Those the service sets itself are refused.',
          { rule: 'a mapping of names to texts, numbers, true or false, or lists of texts and numbers' },
        ),
      ),
  })
  .prefault({})
  .meta({ description: 'The Monte Carlo program of engine kind moqui.' });

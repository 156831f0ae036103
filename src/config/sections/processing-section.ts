import { z } from 'zod';
import { about } from '../choice.js';

export const processingSection = z
  .strictObject({
    maxRetries: z
      .int()
      .min(0)
      .default(3)
      .meta(about('How often a step that failed for a passing reason is tried again before the case fails.')),
    retryDelaySeconds: z
      .number()
      .min(1)
      .default(5)
      .meta(about('Delay before the first retry; it doubles with each further one, with jitter.')),
    retryDelayCapSeconds: z.number().min(1).default(600).meta(about('Longest delay between two retries.')),
  })
  .prefault({})
  .meta({ description: 'What becomes of a step that failed.' });

const percent = (byDefault: number, description: string): z.ZodDefault<z.ZodNumber> =>
  z.number().min(0).max(100).default(byDefault).meta(about(description));

export const progressTrackingSection = z
  .strictObject({
    pollingIntervalSeconds: z
      .number()
      .min(1)
      .default(5)
      .meta(about('How often to look at what cannot signal by itself. Ends of jobs and new folders do signal.')),
    coarsePhaseProgress: z
      .strictObject({
        validated: percent(5, 'Percent shown once the input is validated.'),
        interpreted: percent(10, 'Percent shown once the beams are ready to be calculated.'),
        simulated: percent(90, 'Percent shown once all beams have a dose.'),
        assembled: percent(95, 'Percent shown once the RT Dose objects are made.'),
      })
      .prefault({})
      .meta({ description: 'Progress of a case in each phase; between interpreted and simulated the beams decide.' }),
  })
  .prefault({})
  .meta({ description: 'Progress shown to people.' });

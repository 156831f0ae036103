import { z } from 'zod';
import { about, choice } from '../choice.js';

export const loggingSection = z
  .strictObject({
    level: choice(['error', 'warn', 'info', 'debug']).default('info').meta(about('Least severe lines to be kept.')),
    maxSizeMiB: z.number().gt(0).default(10).meta(about('Size at which logs/mqi.log is put aside and begun anew.')),
    keepFiles: z.int().min(1).max(1000).default(5).meta(about('How many logs put aside are kept.')),
    stdout: choice(['json', 'pretty', 'none'])
      .default('none')
      .meta(
        about(
          'Lines on standard output as well: json for journald and log shippers, pretty for people (else on stderr).',
        ),
      ),
  })
  .prefault({})
  .meta({ description: 'Log files. They never hold patient data.' });

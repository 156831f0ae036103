import { z } from 'zod';
import { about, choice } from '../choice.js';

const rule = choice(['delivered', 'failed']).nullable().default(null).meta({ rule: 'null, delivered or failed' });

/** Options of targets of which peers answer for each object by a DICOM status. */
export const warningOptions = {
  warnings: choice(['delivered', 'failed'])
    .default('delivered')
    .meta(about('What a warning (B000, B006, B007) means for an object.')),
  warningRules: z
    .strictObject({ B000: rule, B006: rule, B007: rule })
    .prefault({})
    .meta(
      about(
        'By status. B000: elements were coerced. B006: elements were discarded. B007: does not match the SOP class. null: as warnings says.',
      ),
    ),
};

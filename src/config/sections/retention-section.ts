import { z } from 'zod';
import { about } from '../choice.js';

const days = (byDefault: number, description: string) =>
  z
    .number()
    .min(0)
    .nullable()
    .default(byDefault)
    .meta(about(description, { rule: 'null (keep), or days from 0' }));

export const retentionSection = z
  .strictObject({
    completedDays: days(30, 'Days after which the work folder of a completed case, delivered in full, is cleaned.'),
    otherDays: days(90, 'Days after which that of a failed, rejected or cancelled case is; its RT Dose files stay.'),
    keepLogs: z
      .boolean()
      .default(true)
      .meta(about("Whether a cleaned work folder keeps the records and the newest attempt's engine log.")),
  })
  .prefault({})
  .meta({ description: 'When work folders are cleaned. What is not delivered, and the database, are never touched.' });

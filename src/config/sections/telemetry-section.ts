import { z } from 'zod';
import { about } from '../choice.js';

export const telemetrySection = z
  .strictObject({
    otlpUrl: z
      .string()
      .regex(/^https?:\/\/[^/@\s]+(\/[^@\s]*)?$/)
      .nullable()
      .default(null)
      .meta(
        about('Where traces are sent by OTLP over HTTP, path included (usually .../v1/traces); null: nowhere.', {
          rule: 'null, or an http(s) address without login in it',
        }),
      ),
    serviceName: z
      .string()
      .min(1)
      .max(100)
      .default('mqi')
      .meta(about('What this installation is called there.', { rule: 'a name' })),
  })
  .prefault({})
  .meta({ description: 'Traces for OpenTelemetry, one for each run of a case (docs/metrics.md).' });

import { z } from 'zod';
import { about, choice } from '../choice.js';

export const loggingSection = z
  .strictObject({
    level: choice(['error', 'warn', 'info', 'debug']).default('info').meta(about('Least severe lines to be kept.')),
    maxSizeMiB: z.number().gt(0).default(10).meta(about('Size at which logs/mqi.log is put aside and begun anew.')),
    keepFiles: z.int().min(1).max(1000).default(5).meta(about('How many logs put aside are kept.')),
  })
  .prefault({})
  .meta({ description: 'Log files. They never hold patient data.' });

export const webSection = z
  .strictObject({
    enabled: z.boolean().default(true).meta(about('Whether the web page is served.')),
    host: z
      .string()
      .regex(/^[\w.:-]+$/)
      .default('127.0.0.1')
      .meta(about('Address it listens on.', { rule: 'a host name or an address' })),
    port: z.int().min(0).max(65_535).default(8321).meta(about('Port it listens on; 0 lets the system choose one.')),
    auth: choice(['token', 'none'])
      .default('token')
      .meta(about('Who may act on cases. token: who holds the token made at the first start.')),
    allowInsecure: z
      .boolean()
      .default(false)
      .meta(about('Explicit leave to listen beyond this machine although this version has no TLS.')),
  })
  .prefault({})
  .meta({ description: 'The live page and the HTTP interface.' });

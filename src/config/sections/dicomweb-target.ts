import { z } from 'zod';
import { about, choice } from '../choice.js';

/** Of an entry of `uploads` of kind `dicomweb`. Passwords and tokens are read from files or the environment. */
export const dicomWebTarget = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^/@?#]+(\/[^@?#]*)?$/)
      .meta(about('Of the DICOMweb services, without /studies.', { rule: 'an http(s) address without login in it' })),
    user: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .meta(about('For Basic login; null: the secret is a bearer token.', { rule: 'null, or a user name' })),
    secretFile: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .meta(about('File whose first line is the password or token.', { rule: 'null, or a path; relative to root' })),
    secretEnv: z
      .string()
      .regex(/^[A-Za-z_]\w*$/)
      .nullable()
      .default(null)
      .meta(
        about('The same from this variable of the environment.', {
          rule: 'null, or the name of an environment variable',
        }),
      ),
    timeoutSeconds: z.number().positive().max(86_400).default(300).meta(about('For one request.')),
    verify: choice(['qido', 'wado'])
      .default('qido')
      .meta(about('How a delivery is proven: by a query, or by fetching the object and comparing it.')),
  })
  .nullable()
  .default(null)
  .meta(about('Of kind dicomweb: an archive, by STOW-RS (docs/uploads-dicom.md).'));

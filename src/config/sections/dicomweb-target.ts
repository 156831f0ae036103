import { z } from 'zod';
import { about, choice } from '../choice.js';
import { warningOptions } from './warning-rules.js';

const PEM = { rule: 'null, or a path; relative to root' };
const pemFile = z.string().min(1).nullable().default(null);

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
    tls: z
      .strictObject({
        ca: pemFile.meta(about('Certificates that vouch for the server, PEM; null: those that Node knows.', PEM)),
        cert: pemFile.meta(about('Our certificate, PEM.', PEM)),
        key: pemFile.meta(about('Its key, PEM, without passphrase.', PEM)),
        serverName: z
          .string()
          .min(1)
          .nullable()
          .default(null)
          .meta(about('Name in the certificate of the server; null: that of url.', { rule: 'null, or a name' })),
      })
      .nullable()
      .default(null)
      .meta(
        about('For https. Null: the authorities that Node knows, and no certificate of ours.', {
          rule: 'null, or {ca, cert, key, serverName}',
        }),
      ),
    timeoutSeconds: z.number().positive().max(86_400).default(300).meta(about('For one request.')),
    verify: choice(['qido', 'wado'])
      .default('qido')
      .meta(about('How a delivery is proven: by a query, or by fetching the object and comparing it.')),
    ...warningOptions,
  })
  .nullable()
  .default(null)
  .meta(about('Of kind dicomweb: an archive, by STOW-RS (docs/uploads-dicom.md).'));

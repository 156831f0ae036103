import { z } from 'zod';
import { about, choice } from '../choice.js';
import { warningOptions } from './warning-rules.js';

const AE_TITLE = { rule: '1 to 16 letters, digits, spaces or signs, no backslash' };
const aeTitle = z.string().regex(/^(?! )[\x20-\x5b\x5d-\x7e]{1,16}$/);
const port = z.int().min(1).max(65_535);
const PORT = { rule: 'a whole number, 1 to 65535' };
const seconds = (standard: number): z.ZodDefault<z.ZodNumber> => z.number().positive().max(86_400).default(standard);
const SECONDS = { rule: 'seconds, above 0' };
const pemFile = z.string().min(1);
const PATH = { rule: 'a path; relative to root' };

/** Of an entry of `uploads` of kind `dicom`. Keys are read from files; nothing secret stands here. */
export const dicomTarget = z
  .strictObject({
    host: z.string().min(1).meta({ rule: 'a name or an address' }),
    port: port.meta(PORT),
    calledAeTitle: aeTitle.meta(about('AE title of the peer.', AE_TITLE)),
    callingAeTitle: aeTitle.default('MQI').meta(about('Our AE title, as the peer knows it.', AE_TITLE)),
    tls: z
      .strictObject({
        ca: pemFile.meta(about('Certificates that vouch for the peer, PEM.', PATH)),
        cert: pemFile.nullable().default(null).meta(about('Our certificate, PEM.', PATH)),
        key: pemFile.nullable().default(null).meta(about('Its key, PEM, without passphrase.', PATH)),
        serverName: z
          .string()
          .nullable()
          .default(null)
          .meta(about('Name in the certificate of the peer; null: host.', { rule: 'a name' })),
      })
      .nullable()
      .default(null)
      .meta(about('Null: not encrypted.')),
    timeouts: z
      .strictObject({
        connectSeconds: seconds(10).meta(SECONDS),
        associationSeconds: seconds(30).meta(SECONDS),
        responseSeconds: seconds(120).meta(about('For each answer.', SECONDS)),
        commitmentSeconds: seconds(300).meta(about('For the report of storage commitment.', SECONDS)),
      })
      .prefault({}),
    verify: choice(['none', 'find', 'commitment'])
      .default('find')
      .meta(about('How a delivery is proven. none: by the answer to C-STORE alone.')),
    ...warningOptions,
    listenHost: z.string().min(1).default('0.0.0.0').meta({ rule: 'an address' }),
    listenPort: port.nullable().default(null).meta(about('Where reports of storage commitment come in.', PORT)),
  })
  .nullable()
  .default(null)
  .meta(about('Of kind dicom: a PACS or TPS, by C-STORE (docs/uploads-dicom.md).'));

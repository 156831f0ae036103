import { readFileSync } from 'node:fs';
import { operator } from '../../../domain/errors.js';
import { systemCode } from '../../../files/system-code.js';
import type { TlsFiles } from './pdu-socket.js';

/** Absolute paths of PEM files. */
export interface TlsPaths {
  readonly ca: string;
  readonly cert: string | null;
  readonly key: string | null;
  readonly serverName: string | null;
}

/**
 * Reads the files anew for each association: a renewed certificate needs no restart.
 * @throws operator `upload.tls`
 */
export function readTls(target: string, { ca, cert, key, serverName }: TlsPaths): TlsFiles {
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw operator(
        'upload.tls',
        `upload target ${target}: a file of dicom.tls cannot be read (${systemCode(cause) ?? 'unknown'})`,
        {
          cause,
          remedy: 'correct the paths under dicom.tls of the target, then: mqi resume ID',
        },
      );
    }
  };
  return {
    ca: read(ca),
    cert: cert === null ? null : read(cert),
    key: key === null ? null : read(key),
    serverName,
  };
}

import { readFileSync } from 'node:fs';
import { operator } from '../../../domain/errors.js';
import { systemCode } from '../../../files/system-code.js';
import type { TlsFiles } from './pdu-socket.js';

/** Absolute paths of PEM files. */
export interface TlsPaths {
  /** Null: the authorities that Node knows. */
  readonly ca: string | null;
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
        `upload target ${target}: a file of its tls cannot be read (${systemCode(cause) ?? 'unknown'})`,
        {
          cause,
          remedy: 'correct the paths under tls of the target, then: mqi resume ID',
        },
      );
    }
  };
  return {
    ca: ca === null ? null : read(ca),
    cert: cert === null ? null : read(cert),
    key: key === null ? null : read(key),
    serverName,
  };
}

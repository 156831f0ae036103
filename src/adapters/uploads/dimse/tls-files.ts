import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
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
  const files = {
    ca: ca === null ? null : read(ca),
    cert: cert === null ? null : read(cert),
    key: key === null ? null : read(key),
  };
  mustBeUsable(target, files);
  return { ...files, serverName };
}

/** A damaged file, a key that is not the certificate's, or one with a passphrase: told as such, not as a peer that is away. */
function mustBeUsable(target: string, { ca, cert, key }: Omit<TlsFiles, 'serverName'>): void {
  try {
    createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
  } catch (cause) {
    const code = systemCode(cause) ?? 'unknown';
    throw operator('upload.tls', `upload target ${target}: the files of its tls cannot be used (${code})`, {
      cause,
      remedy:
        'have PEM files under tls of the target, the key without passphrase and of that certificate, then: mqi resume ID',
    });
  }
}

/** How an SFTP server is reached (uploads[].sftp). Paths are absolute; secrets are read anew for each connection. */
export interface SftpOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keyFile: string | null;
  /** Its first line is the password, or the passphrase of `keyFile`. */
  readonly passwordFile: string | null;
  /** Name of an environment variable that holds the same. */
  readonly passwordEnv: string | null;
  /** Must hold the server's key. */
  readonly knownHosts: string;
  /** Template of an object's path there (domain/delivery-name.ts). */
  readonly path: string;
  /** Template of the name of the file written last; null: none. */
  readonly marker: string | null;
}

/** Time limits, in milliseconds. */
export interface SftpLimits {
  /** For connection, key exchange and login together. */
  readonly connectMs: number;
  /** For one answer. */
  readonly answerMs: number;
  /** A connection nobody uses is kept so long. */
  readonly idleMs: number;
}

export const SFTP_LIMITS: SftpLimits = { connectMs: 20_000, answerMs: 30_000, idleMs: 2_000 };

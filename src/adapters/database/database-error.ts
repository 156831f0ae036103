import { QueryFailedError, QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import type { DatabaseOptions } from './database-options.js';
import { bug, CaseError, operator, toCaseError, transient } from '../../domain/errors.js';

type Make = (cause: unknown) => CaseError;

const say =
  (make: typeof operator, code: string, message: string, remedy?: string): Make =>
  (cause) =>
    make(code, message, remedy === undefined ? { cause } : { cause, remedy });

const busy = say(transient, 'database.busy', 'another process kept the database locked for too long');
const diskFull = say(
  operator,
  'disk.full',
  'the disk that holds the database is full',
  'free space on it, then: mqi resume ID',
);
const corrupt = say(
  operator,
  'database.corrupt',
  'the database file is damaged',
  'stop the service, run: mqi db check, and put the last backup back',
);
const readOnly = say(
  operator,
  'database.read-only',
  'the database cannot be written',
  'give the service write access to the database file and its folder, then: mqi resume ID',
);
const cannotOpen = say(
  operator,
  'database.cannot-open',
  'the database file cannot be opened',
  'check that its folder exists and belongs to the service (database.path)',
);
const inputOutput = say(
  operator,
  'database.io-error',
  'the disk that holds the database reports errors',
  'look at the disk and its cable or server, run: mqi db check, then: mqi resume ID',
);
const unavailable = say(transient, 'database.unavailable', 'the database server cannot be reached');
const refusedUs = say(
  operator,
  'database.refused',
  'the database server refuses the service',
  'check user, password and database name in database.url, and the rights of that user',
);
const constraint = say(bug, 'database.constraint', 'a write broke a rule of the database');

/** SQLite result codes (https://www.sqlite.org/rescode.html), as the driver names them. */
const SQLITE: Readonly<Record<string, Make>> = {
  SQLITE_BUSY: busy,
  SQLITE_LOCKED: busy,
  SQLITE_FULL: diskFull,
  SQLITE_CORRUPT: corrupt,
  SQLITE_NOTADB: corrupt,
  SQLITE_READONLY: readOnly,
  SQLITE_PERM: readOnly,
  SQLITE_CANTOPEN: cannotOpen,
  SQLITE_IOERR: inputOutput,
  SQLITE_CONSTRAINT: constraint,
};

/** SQLSTATE codes or their classes (https://www.postgresql.org/docs/15/errcodes-appendix.html); the longer one wins. */
const POSTGRES: Readonly<Record<string, Make>> = {
  '08': unavailable,
  '57P': unavailable,
  '53300': unavailable,
  '40': busy,
  '55P03': busy,
  '57014': busy,
  '53100': diskFull,
  '25006': readOnly,
  '28': refusedUs,
  '3D000': refusedUs,
  '42501': refusedUs,
  '58': inputOutput,
  XX001: corrupt,
  XX002: corrupt,
  '23': constraint,
};

/** What Node says when a server cannot be reached. */
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Anything the driver or TypeORM threw, as a CaseError; by codes, never by message. `pg` gives no code to the errors that
 * mean "the connection went away under the query" or "no connection within the time": plain errors without one; after
 * it, TypeORM says of the rest of the transaction that its query runner was released.
 */
export function toDatabaseError(thrown: unknown, kind: DatabaseOptions['kind']): CaseError {
  if (thrown instanceof CaseError) return thrown;
  const cause: unknown = thrown instanceof QueryFailedError ? thrown.driverError : thrown;
  const code = codeOf(cause);
  if (code === undefined) return kind === 'postgres' && wasCutOff(cause) ? unavailable(thrown) : toCaseError(thrown);
  return (SQLITE[code] ?? byState(code))?.(thrown) ?? (NETWORK.has(code) ? unavailable(thrown) : toCaseError(thrown));
}

const byState = (code: string): Make | undefined =>
  POSTGRES[code] ?? POSTGRES[code.slice(0, 3)] ?? POSTGRES[code.slice(0, 2)];

/** True where the database refused a row, such as one that another writer put in first. */
export function isConstraint(error: CaseError): boolean {
  return error.code === 'database.constraint';
}

/** Runs `work` and translates what it throws. */
export async function translated<T>(kind: DatabaseOptions['kind'], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toDatabaseError(error, kind);
  }
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

const wasCutOff = (error: unknown): boolean =>
  error instanceof QueryRunnerAlreadyReleasedError ||
  error instanceof QueryRunnerProviderAlreadyReleasedError ||
  (error instanceof Error && Object.getPrototypeOf(error) === Error.prototype);

import { Token } from 'typedi';

/**
 * The only fields a log line may carry. None can hold a patient's name or id, DICOM text or a folder's name: a folder
 * goes as `folderHash`, a failure as its code. Add a field here only if no patient data can reach it.
 */
export const LOG_FIELDS = [
  'caseId',
  'run',
  'beamNumber',
  'attempt',
  'step',
  'state',
  'from',
  'to',
  'event',
  'actor',
  'code',
  'severity',
  'remedy',
  'folderHash',
  'engine',
  'host',
  'resource',
  'pid',
  'slurmJob',
  'exitCode',
  'target',
  'sopInstanceUid',
  'durationMs',
  'delayMs',
  'files',
  'bytes',
  'count',
  'percent',
  'port',
  'version',
  'mode',
  'kind',
  'signal',
  'owner',
  'hash',
] as const;
export type LogField = (typeof LOG_FIELDS)[number];
export type LogFields = { readonly [F in LogField]?: string | number | boolean | null };

/**
 * `message` is a constant lower-case phrase; facts go in fields. An `error` line means that someone must act.
 * `cause` is kept as name, code and stack frames; its message is dropped, since it may quote a path.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields, cause?: unknown): void;
  error(message: string, fields?: LogFields, cause?: unknown): void;
  /** A logger whose lines carry these fields too. With `caseId` they also go to that case's own file. */
  child(fields: LogFields): Logger;
  /** Resolves when everything written has reached the files. */
  close(): Promise<void>;
}
export const Logger = new Token<Logger>('Logger');

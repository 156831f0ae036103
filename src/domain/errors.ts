/**
 * What decides the fate of a failure (docs/architecture.md, "Errors and their fate"):
 * transient is retried, input rejects the case, permanent fails it, operator and bug hold it until a person acts.
 */
export const SEVERITIES = ['transient', 'input', 'permanent', 'operator', 'bug'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A failure as it is stored and shown. `remedy` says what a person can do; none of the texts carries patient data. */
export interface Failure {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly remedy: string;
}

export interface CaseErrorOptions extends ErrorOptions {
  /** What the user should do; a sentence. */
  readonly remedy?: string;
  /** The target's own words, as they came: shown nowhere before they were cleaned (peer-words.ts). */
  readonly peerSaid?: string;
  /** The same input would end so again: a second end alike is believed, and not tried a third time (beam-fate.ts). */
  readonly repeats?: boolean;
}

/** Every failure we understand. `code` is stable and greppable; `message` never carries patient data. */
export class CaseError extends Error {
  readonly remedy: string;
  /** As of CaseErrorOptions: of a failed delivery, where the target said something. */
  readonly peerSaid: string | null;
  /** As of CaseErrorOptions. Not stored: what ended before is known by its code and words. */
  readonly repeats: boolean;

  constructor(
    readonly severity: Severity,
    readonly code: string,
    message: string,
    options: CaseErrorOptions = {},
  ) {
    super(message, options);
    this.name = 'CaseError';
    this.remedy = options.remedy ?? DEFAULT_REMEDY[severity];
    this.peerSaid = options.peerSaid ?? null;
    this.repeats = options.repeats ?? false;
  }
}

/** What to do where an error does not say it itself. */
export const DEFAULT_REMEDY: Readonly<Record<Severity, string>> = {
  transient: 'nothing to do: it is tried again',
  input: 'correct the case folder; the changed folder is taken as a new run',
  permanent: 'read the log of the case, mend the cause, then: mqi retry ID',
  operator: 'mend the cause, then: mqi resume ID',
  bug: 'report this with the log of the case, then: mqi resume ID',
};

export const transient = (code: string, message: string, options?: CaseErrorOptions): CaseError =>
  new CaseError('transient', code, message, options);
export const input = (code: string, message: string, options?: CaseErrorOptions): CaseError =>
  new CaseError('input', code, message, options);
export const permanent = (code: string, message: string, options?: CaseErrorOptions): CaseError =>
  new CaseError('permanent', code, message, options);
export const operator = (code: string, message: string, options?: CaseErrorOptions): CaseError =>
  new CaseError('operator', code, message, options);
export const bug = (code: string, message: string, options?: CaseErrorOptions): CaseError =>
  new CaseError('bug', code, message, options);

/**
 * Anything thrown, as a CaseError. What no adapter translated is a bug; its own message is not shown (it may quote a
 * file name or patient data) and stays reachable through `cause`.
 */
export function toCaseError(thrown: unknown): CaseError {
  if (thrown instanceof CaseError) return thrown;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return bug('unclassified', `unexpected ${kind}`, { cause: thrown });
}

/** The storable part of an error. */
export function toFailure({ code, severity, message, remedy }: CaseError): Failure {
  return { code, severity, message, remedy };
}

/** One thing wrong with the configuration. */
export interface ConfigProblem {
  /** Path of the key, e.g. `processing.maxRetries` or `uploads[0].kind`; empty when the file itself is the matter. */
  readonly key: string;
  /** The value as JSON, secrets masked; null where there is none to show. */
  readonly value: string | null;
  /** What is wrong: the rule that is broken. */
  readonly rule: string;
  /** The known key (or word) that was probably meant; null when the key itself is right. */
  readonly nearest: string | null;
  /** Where the value stands: `FILE:LINE`, the variable, the flag; null for a default. */
  readonly where: string | null;
}

/** Says where the value at a path comes from, for people; null for a default. */
export type Locator = (path: readonly PropertyKey[]) => string | null;

/** One line of text. */
export function problemText({ key, value, rule, nearest, where }: ConfigProblem): string {
  const subject = [key, value].filter((part) => part !== null && part !== '').join(' = ');
  return [
    subject === '' ? rule : `${subject}: ${rule}`,
    nearest === null ? '' : `; did you mean ${nearest}?`,
    where === null ? '' : ` (${where})`,
  ].join('');
}

/** The configuration cannot be used. Holds everything that is wrong; the command line ends with exit code 2. */
export class ConfigError extends Error {
  readonly exitCode = 2;

  constructor(
    readonly problems: readonly ConfigProblem[],
    /** The configuration file, as it was named. */
    readonly file: string,
  ) {
    super(problems.map(problemText).join('\n'));
    this.name = 'ConfigError';
  }
}

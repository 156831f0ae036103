import type { CaseError } from '../domain/errors.js';

/** What scripts may rely on. */
export const EXIT = { done: 0, failed: 1, usage: 2, noSuchCase: 3, refused: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Record<string, ExitCode>> = {
  'case.not-found': EXIT.noSuchCase,
  'pseudonym.not-found': EXIT.noSuchCase,
  'case.refused': EXIT.refused,
  'intake.no-such-folder': EXIT.usage,
  'intake.outside-inbox': EXIT.usage,
};

/** The exit code an error ends the command with. */
export function exitCodeOf({ code }: CaseError): ExitCode {
  if (code.startsWith('usage.')) return EXIT.usage;
  return BY_CODE[code] ?? EXIT.failed;
}

/**
 * A file's name for a text, in “ ”: on one line, not longer than a line. Export programs put names and ids of patients into the
 * names of files, so a text that names one says so by these marks, and `withoutFileNames` finds them again.
 */
export function printableName(path: string): string {
  const line = path.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?').replace(/[“”]/g, '"');
  return `“${line.length <= 120 ? line : `${line.slice(0, 60)}...${line.slice(-57)}`}”`;
}

/** A text of ours for those who do not see patients: what failures, waiting and remarks say of files, without their names. */
export const withoutFileNames = (text: string): string => text.replace(/“[^”]*”/g, '(name not shown)');

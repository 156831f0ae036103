/** A file's name on one line, not longer than a line. */
export function printableName(path: string): string {
  const line = path.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
  return line.length <= 120 ? line : `${line.slice(0, 60)}...${line.slice(-57)}`;
}

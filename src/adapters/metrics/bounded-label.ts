/** Codes are ours and some hundred; a bug that makes one of each message must not fill Prometheus. */
export const CODES_AT_MOST = 150;

/** The value itself while few are known and it looks like a code, else `other`. Remembers it in `known`. */
export function labelOf(value: string, known: Set<string>, atMost: number): string {
  if (known.has(value)) return value;
  if (known.size >= atMost || !/^[a-z]+([.-][a-z0-9]+)*$/.test(value)) return 'other';
  known.add(value);
  return value;
}

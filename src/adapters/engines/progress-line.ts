const STATED = /^\s*progress[\s:=]+(\d+(?:\.\d+)?)\s*%?\s*$/i;
const PERCENTAGE = /(?:^|[^\d.])(\d{1,3}(?:\.\d+)?)\s*%/;

/** Percent done by a line such as `progress 37`, `Progress: 37.5 %` or `beam 2: 37% done`; null when it says nothing. */
export function progressOf(line: string): number | null {
  const found = STATED.exec(line) ?? PERCENTAGE.exec(line);
  const percent = found === null ? NaN : Number(found[1]);
  return percent >= 0 && percent <= 100 ? percent : null;
}

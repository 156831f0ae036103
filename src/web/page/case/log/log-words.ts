/** One line of a log of ours (JSON) as people read it; any other line as it is. */
export function logWords(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { time, level, message, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof time !== 'string' || typeof level !== 'string' || typeof message !== 'string') return line;
    const facts = Object.entries(fields)
      .filter(([name, value]) => value !== null && !KNOWN.has(name))
      .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    return [localTime(time), level.toUpperCase().padEnd(5), message, ...facts].join(' ');
  } catch {
    return line; // no JSON: what programs print that are not ours
  }
}

/** The page is of one case: its id says nothing more. */
const KNOWN = new Set(['caseId']);

function localTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

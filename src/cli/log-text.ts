import { plainText } from './terminal/plain-text.js';

type Entry = Readonly<Record<string, unknown>>;

/** A line of our logs as its object; null for what is none, such as an engine's output. */
function entryOf(line: string): Entry | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    // Half a line, or an engine's own braces: shown as it is.
    return null;
  }
}

/** What `--json` gives for a line: the object of our logs, the text of other lines. */
export const logValue = (line: string): unknown => entryOf(line) ?? line;

export const isOfBeam = (line: string, beamNumber: number): boolean => entryOf(line)?.['beamNumber'] === beamNumber;

/** A line of our logs for people, in local time: `2026-11-23 12:30:01 info  case registered caseId=...`. */
export function logText(line: string): string {
  const entry = entryOf(line);
  if (entry === null) return plainText(line);
  const { time, level, message, ...facts } = entry;
  const words = Object.entries(facts).map(([name, value]) => `${name}=${factText(value)}`);
  return plainText([clockTime(time), textOf(level).padEnd(5), textOf(message), ...words].join(' '));
}

function clockTime(time: unknown): string {
  const at = new Date(typeof time === 'string' ? time : NaN);
  if (Number.isNaN(at.getTime())) return textOf(time);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
const factText = (value: unknown): string =>
  typeof value === 'string' && !/[\s"]/.test(value) ? value : JSON.stringify(value);

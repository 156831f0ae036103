import { escapeObeyed } from '../../domain/escape-obeyed.js';
import type { LoggedFields } from './allowed-fields.js';
import type { ReducedCause } from './reduced-cause.js';

/** A line as it is written: allowed fields and a reduced cause, nothing else. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly fields: LoggedFields;
  readonly cause: ReducedCause | null;
}

/** One JSON object per line, time first. Also what JSON lets stand (C1 controls, marks of direction) is escaped. */
export const jsonLine = ({ time, level, message, fields, cause }: LogLine): string =>
  escapeObeyed(JSON.stringify({ time, level, message, ...fields, ...(cause === null ? {} : { cause }) }));

/** A line for people: `12:03:04 warn  step failed caseId=... code=... (CaseError at dist/src/...)`, in local time, as `mqi logs` shows it. */
export function consoleLine({ time, level, message, fields, cause }: LogLine): string {
  const facts = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  const where = cause?.frames?.[0];
  const because = cause === null ? [] : [`(${[cause.code ?? cause.name, where].filter(Boolean).join(' at ')})`];
  return escapeObeyed([clock(time), level.padEnd(5), message, ...facts, ...because].join(' '));
}

function clock(time: string): string {
  const at = new Date(time);
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

const shown = (value: string | number | boolean | null): string =>
  typeof value === 'string' && value.includes(' ') ? JSON.stringify(value) : String(value);

import type { AuditRow } from '../domain/audit.js';

const FIELDS = ['seq', 'at', 'actor', 'action', 'caseId', 'result', 'detail', 'previousHash', 'hash'] as const;

/** The first line, with the names of the columns. */
export const CSV_HEAD = `${FIELDS.join(',')}\r\n`;

/** A row as a line of CSV (RFC 4180). */
export function csvLine(row: AuditRow): string {
  const cells = { ...row, at: new Date(row.at).toISOString() };
  return `${FIELDS.map((field) => cell(String(cells[field] ?? ''))).join(',')}\r\n`;
}

/** In quotes; what a spreadsheet would take for a formula is made text by an apostrophe. */
const cell = (text: string): string => `"${text.replace(/^(?=[=+\-@\t\r])/, "'").replaceAll('"', '""')}"`;

/**
 * A table as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before it: names of
 * places come from configurations and drivers.
 */
export function csv(columns: readonly string[], rows: readonly object[]): string {
  const lines = rows.map((row) => {
    const values = row as Readonly<Record<string, unknown>>;
    return columns.map((column) => cell(values[column])).join(',');
  });
  return [columns.join(','), ...lines, ''].join('\r\n');
}

function cell(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return '';
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

import { escapeObeyed } from '../../domain/escape-obeyed.js';

/** Text from outside (folder names, plan labels, messages) made safe to print: what would be obeyed is escaped. */
export const plainText = (text: string): string => escapeObeyed(text);

/** One JSON document, indented, that is safe to print as well: the same characters as JSON escapes. */
export function plainJson(value: unknown): string {
  const lines = JSON.stringify(value, null, 2).split('\n');
  return `${lines.map(escapeObeyed).join('\n')}\n`;
}

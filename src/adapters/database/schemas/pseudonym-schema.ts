import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Pseudonym } from '../../../domain/pseudonym.js';
import { epochMs, text } from './columns.js';
import { tableOf } from './table-of.js';

export const PseudonymSchema = tableOf<Pseudonym>({
  name: 'pseudonym',
  tableName: 'pseudonyms',
  columns: {
    scope: { ...text, primary: true },
    kind: { ...text, primary: true },
    original: { ...text, primary: true },
    replacement: text,
    at: epochMs,
  } satisfies Record<keyof Pseudonym, EntitySchemaColumnOptions>,
  indices: [
    { name: 'pseudonyms_original', columns: ['original'] },
    { name: 'pseudonyms_replacement', columns: ['replacement'] },
  ],
});

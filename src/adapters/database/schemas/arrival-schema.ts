import type { EntitySchemaColumnOptions } from 'typeorm';
import type { InboxArrival } from '../../../domain/arrival.js';
import { epochMs, integer, text } from './columns.js';
import { tableOf } from './table-of.js';

/** Bytes are a bigint like times: a folder may hold more than 2 GiB, and up to 2^53 a number is exact. */
export const ArrivalSchema = tableOf<InboxArrival>({
  name: 'arrival',
  tableName: 'arrivals',
  columns: {
    inbox: { ...text, primary: true },
    folder: { ...text, primary: true },
    files: integer,
    bytes: epochMs,
    lastChangeAt: epochMs,
  } satisfies Record<keyof InboxArrival, EntitySchemaColumnOptions>,
});

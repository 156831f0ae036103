import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Lasting, Notice } from '../../../domain/notification.js';
import type { ReadMark } from '../../../ports/notice-store.js';
import { epochMs, epochMsOrNull, integer, jsonOrNull, numbered, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

const json: EntitySchemaColumnOptions = { ...jsonOrNull, nullable: false };

export const NoticeSchema = tableOf<Notice>({
  name: 'notice',
  tableName: 'notices',
  columns: {
    id: numbered,
    channel: text,
    key: text,
    occurrence: json,
    createdAt: epochMs,
    notBefore: epochMs,
    state: text,
    message: textOrNull,
    attempts: integer,
    failure: textOrNull,
    endedAt: epochMsOrNull,
  } satisfies Record<keyof Notice, EntitySchemaColumnOptions>,
  indices: [
    { name: 'notices_once', columns: ['channel', 'key'], unique: true },
    { name: 'notices_due', columns: ['channel', 'state', 'notBefore'] },
  ],
});

export const LastingSchema = tableOf<Lasting>({
  name: 'lastingTrouble',
  tableName: 'lasting_troubles',
  columns: {
    key: { ...text, primary: true },
    since: epochMs,
    occurrence: json,
  } satisfies Record<keyof Lasting, EntitySchemaColumnOptions>,
});

export interface NamedMark extends ReadMark {
  readonly name: string;
}

export const MarkSchema = tableOf<NamedMark>({
  name: 'noticeMark',
  tableName: 'notice_marks',
  columns: {
    name: { ...text, primary: true },
    first: epochMs,
    last: epochMs,
  } satisfies Record<keyof NamedMark, EntitySchemaColumnOptions>,
});

import type { EntitySchemaColumnOptions } from 'typeorm';

/*
 * Column kinds, alike on SQLite and PostgreSQL. Everything is written by the code: no defaults, no server clocks, so a
 * row means the same on both.
 */

export const text = { type: 'text' } as const satisfies EntitySchemaColumnOptions;
export const textOrNull = { type: 'text', nullable: true } as const satisfies EntitySchemaColumnOptions;
export const integer = { type: 'integer' } as const satisfies EntitySchemaColumnOptions;
export const integerOrNull = { type: 'integer', nullable: true } as const satisfies EntitySchemaColumnOptions;
export const real = { type: 'double precision' } as const satisfies EntitySchemaColumnOptions;
export const realOrNull = { type: 'double precision', nullable: true } as const satisfies EntitySchemaColumnOptions;
export const numbered = {
  type: 'integer',
  primary: true,
  generated: 'increment',
} as const satisfies EntitySchemaColumnOptions;

/** Milliseconds since 1970. PostgreSQL gives a bigint as text; up to 2^53 a number holds it exactly. */
export const epochMs: EntitySchemaColumnOptions = {
  type: 'bigint',
  transformer: {
    to: (value: number | null) => value,
    from: (stored: number | string | null) => (stored === null ? null : Number(stored)),
  },
};
export const epochMsOrNull: EntitySchemaColumnOptions = { ...epochMs, nullable: true };

/** A plain object as JSON text, which is the same on both databases. */
export const jsonOrNull: EntitySchemaColumnOptions = {
  type: 'text',
  nullable: true,
  transformer: {
    to: (value: object | null) => (value === null ? null : JSON.stringify(value)),
    from: (stored: string | null): unknown => (stored === null ? null : JSON.parse(stored)),
  },
};

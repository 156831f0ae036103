import type { TableColumnOptions, TableForeignKeyOptions, TableIndexOptions } from 'typeorm';

/*
 * Parts of tables, spelled alike on SQLite and PostgreSQL. Used by migrations that have been run on databases out there:
 * never change what one of these gives, add another.
 */

const column = (type: string, names: string): TableColumnOptions[] => names.split(' ').map((name) => ({ name, type }));
const nullable = (columns: TableColumnOptions[]): TableColumnOptions[] =>
  columns.map((each) => ({ ...each, isNullable: true }));

/** Columns by kind; several names are separated by blanks. */
export const primaryText = (names: string): TableColumnOptions[] =>
  column('text', names).map((each) => ({ ...each, isPrimary: true }));
export const primaryNumber = (name: string): TableColumnOptions[] => [
  { name, type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
];
export const text = (names: string): TableColumnOptions[] => column('text', names);
export const textOrNull = (names: string): TableColumnOptions[] => nullable(text(names));
export const integer = (names: string): TableColumnOptions[] => column('integer', names);
export const integerOrNull = (names: string): TableColumnOptions[] => nullable(integer(names));
export const real = (names: string): TableColumnOptions[] => column('double precision', names);
export const realOrNull = (names: string): TableColumnOptions[] => nullable(real(names));
export const epochMs = (names: string): TableColumnOptions[] => column('bigint', names);
export const epochMsOrNull = (names: string): TableColumnOptions[] => nullable(epochMs(names));

/** The rows of a table go with their case. */
export const ofCase = (table: string): TableForeignKeyOptions => ({
  name: `${table}_of_case`,
  columnNames: ['caseId'],
  referencedTableName: 'cases',
  referencedColumnNames: ['id'],
  onDelete: 'CASCADE',
});

export const index = (name: string, columns: string): TableIndexOptions => ({ name, columnNames: columns.split(' ') });
export const uniqueIndex = (name: string, columns: string): TableIndexOptions => ({
  ...index(name, columns),
  isUnique: true,
});

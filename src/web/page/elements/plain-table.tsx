import type { JSX } from 'preact';
import type { Column } from './facts-table.js';

interface Props<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  /** Said where there are no rows. */
  readonly nothing: string;
}

/** A small table under a title of its own. */
export function PlainTable<T>({ label, columns, rows, nothing }: Props<T>): JSX.Element {
  if (rows.length === 0) return <p class="fine">{nothing}</p>;
  return (
    <table aria-label={label} class="plain-table">
      <thead>
        <tr>
          {columns.map(({ title, isFigure }) => (
            <th key={title} scope="col" class={isFigure === true ? 'figure' : ''}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i}>
            {columns.map(({ title, cell, isFigure }) => (
              <td key={title} class={isFigure === true ? 'figure' : ''}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

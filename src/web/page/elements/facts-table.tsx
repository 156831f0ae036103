import type { ComponentChildren, JSX } from 'preact';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Aligned by its digits. */
  readonly isFigure?: boolean;
}

interface Props<T> {
  readonly title: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
}

/** A titled table of plain facts; nothing where there are none. */
export function FactsTable<T>({ title, columns, rows }: Props<T>): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <section class="facts">
      <h2>{title}</h2>
      <div class="scroll-x" tabIndex={0} role="region" aria-label={title}>
        <table>
          <thead>
            <tr>
              {columns.map(({ title: head, isFigure }) => (
                <th key={head} scope="col" class={isFigure === true ? 'figure' : ''}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {columns.map(({ title: head, cell, isFigure }) => (
                  <td key={head} class={isFigure === true ? 'figure' : ''}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

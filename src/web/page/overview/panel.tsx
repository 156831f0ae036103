import type { ComponentChildren, JSX } from 'preact';

interface Titled {
  readonly title: string;
  readonly note?: string;
  readonly name: string;
  readonly children: ComponentChildren;
}

/** A titled box beside the list. */
export function Panel({ title, note, name, children }: Titled): JSX.Element {
  return (
    <section class="card panel" aria-label={title} data-panel={name}>
      <h2>
        {title} {note !== undefined && <small>{note}</small>}
      </h2>
      {children}
    </section>
  );
}

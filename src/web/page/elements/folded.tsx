import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

interface Props {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** A section that is closed until somebody wants it; what is in it does not exist before. */
export function Folded({ title, children }: Props): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <section class="facts">
      <details
        class="fold"
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
        }}
      >
        <summary>
          <h2>{title}</h2>
        </summary>
        {isOpen && children}
      </details>
    </section>
  );
}

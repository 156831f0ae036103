import type { JSX } from 'preact';

interface Props<V extends string> {
  readonly label: string;
  /** In the order shown. */
  readonly options: readonly V[];
  readonly words: Readonly<Record<V, string>>;
  readonly value: V;
  readonly choose: (value: V) => void;
}

/** One of a few, as buttons side by side. */
export function Choice<V extends string>({ label, options, words, value, choose }: Props<V>): JSX.Element {
  return (
    <span class="choice" role="group" aria-label={label}>
      {options.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === value}
          onClick={() => {
            choose(one);
          }}
        >
          {words[one]}
        </button>
      ))}
    </span>
  );
}

import type { JSX } from 'preact';
import { percent } from '../format.js';

/** @param value 0-100 */
export function ProgressBar({ value, label }: { readonly value: number; readonly label: string }): JSX.Element {
  return (
    <span class="progress">
      <progress max={100} value={value} aria-label={label} />
      <span class="figure">{percent(value)}</span>
    </span>
  );
}

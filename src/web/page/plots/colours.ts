import { signal } from '@preact/signals';
import { theme } from '../theme.js';

/** Changes whenever the page's colours do: what is drawn by hand is then drawn again. */
export const coloursVersion = signal(0);

const known = new Map<string, string>();

/** A colour of the page (base.css) as it is now, for what is drawn by hand. */
export function pageColour(name: string): string {
  const before = known.get(name);
  if (before !== undefined) return before;
  // A canvas knows neither variables nor light-dark(): an element resolves both.
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  known.set(name, color);
  return color;
}

function changed(): void {
  // The attribute that the colours follow is set in the same turn.
  queueMicrotask(() => {
    known.clear();
    coloursVersion.value += 1;
  });
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
theme.subscribe(changed);

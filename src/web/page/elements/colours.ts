/** The colours of lines and bars, as the theme has them now; a plot draws on a canvas, which knows no variables. */
export function colour(name: 'accent' | 'good' | 'warn' | 'bad' | 'soft' | 'line' | 'ink'): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

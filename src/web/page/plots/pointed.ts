import type uPlot from 'uplot';

/**
 * Marks a plot (class `pointed`) while a place of it is pointed at: only then has its legend values to tell. That the
 * pointer is somewhere above the plot does not say so: it may rest on its axes or on the legend itself.
 */
export function markPointed({ root, cursor }: uPlot): void {
  root.classList.toggle('pointed', typeof cursor.idx === 'number');
}

import { EN_STEPS } from './en-steps.js';

/** Words of the history. */
export const EN_HISTORY = {
  title: 'History',
  from: 'From',
  to: 'To',
  ranges: 'Ranges',
  lastDays: (days: number) => `last ${String(days)} days`,
  download: 'CSV',
  downloadOf: (title: string) => `Download ${title} as CSV`,
  wrongDays: 'Choose a first day that is not after the last.',
  partial: (time: string) => `So much happened that steps and failures are counted from ${time} on only.`,
  nothing: 'Nothing in these days.',
  cases: {
    title: 'Cases per day',
    ended: {
      completed: 'completed',
      failed: 'failed',
      rejected: 'rejected',
      cancelled: 'cancelled',
      active: 'under way',
    },
    summary: (cases: number, completed: number, bad: number) =>
      `${String(cases)} cases: ${String(completed)} completed, ${String(bad)} failed or rejected`,
  },
  steps: {
    title: 'Time per step',
    unit: 'mean seconds',
    columns: { step: 'Step', done: 'Done', mean: 'Mean', longest: 'Longest' },
    names: EN_STEPS,
  },
  places: {
    title: 'GPU use',
    unit: '% of the day',
    columns: { place: 'Place', beams: 'Beams', busy: 'Busy' },
  },
  failures: {
    title: 'Failures by code',
    columns: { code: 'Code', tries: 'Tries', cases: 'Cases' },
  },
} as const;

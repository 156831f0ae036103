import { effect, signal } from '@preact/signals';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = 'mqi-theme';
const isTheme = (text: string | null): text is Theme => (THEMES as readonly (string | null)[]).includes(text);

const kept = localStorage.getItem(KEPT);
/** `auto` follows the system. */
export const theme = signal<Theme>(isTheme(kept) ? kept : 'auto');

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
  localStorage.setItem(KEPT, theme.value);
});

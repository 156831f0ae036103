import type { JSX } from 'preact';
import { texts } from '../texts.js';

export function HistoryPage(): JSX.Element {
  return <h1>{texts.history.title}</h1>;
}

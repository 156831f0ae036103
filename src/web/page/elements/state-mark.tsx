import type { JSX } from 'preact';
import { texts } from '../texts.js';

const words: Readonly<Record<string, string>> = texts.states;

/** A case's state, by shape of its mark as well as by colour. */
export function StateMark({ state, held }: { readonly state: string; readonly held: boolean }): JSX.Element {
  return <span class={`state ${held ? 'held' : state}`}>{words[state] ?? state}</span>;
}

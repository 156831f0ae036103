import type { Case } from './case.js';
import { shownText } from './shown-text.js';

/** A name as DICOM writes it: parts joined by carets. */
const PERSON_NAME = /[^\s"'=;,()]*\^[^\s"'=;,()]*/g;
/** Shorter parts of a folder's name (`CT`, `01`) are in every other sentence. */
const TELLING = 4;
const HIDDEN = '[...]';

/**
 * What a target said, fit to be kept and shown: one printable line of bounded length, without what may name the patient:
 * the case's folder and plan label, whole or in parts, and whatever is written like a DICOM person name.
 */
export function peerWords(text: string, { folder, planLabel }: Pick<Case, 'folder' | 'planLabel'>): string | null {
  const parts = [folder, planLabel ?? '']
    .flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)])
    .filter((part) => part.length >= TELLING)
    .sort((a, b) => b.length - a.length);
  const named = parts.reduce((words, part) => words.replace(anyCase(part), HIDDEN), text);
  const words = shownText(named.replace(PERSON_NAME, HIDDEN));
  return words === '' ? null : words;
}

const anyCase = (part: string): RegExp => new RegExp(part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu');

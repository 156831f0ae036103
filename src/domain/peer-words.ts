import type { Case } from './case.js';
import { shownText } from './shown-text.js';

/** A name as DICOM writes it: parts joined by carets. */
const PERSON_NAME = /[^\s"'=;,()]*\^[^\s"'=;,()]*/g;
/** Shorter parts of a folder's name (`CT`, `01`) are in every other sentence; a name in Hangul or Han is two signs long. */
const TELLING = 4;
const isTelling = (part: string): boolean => part.length >= (/(?!\p{Script=Latin})\p{L}/u.test(part) ? 2 : TELLING);
const HIDDEN = '[...]';

/**
 * What a target said, fit to be kept and shown: one printable line of bounded length, without what may name the patient:
 * the case's folder and plan label, whole or in parts, and whatever is written like a DICOM person name.
 */
export function peerWords(text: string, { folder, planLabel }: Pick<Case, 'folder' | 'planLabel'>): string | null {
  const parts = [folder, planLabel ?? '']
    .map((name) => name.normalize('NFC'))
    .flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)])
    .filter(isTelling)
    .sort((a, b) => b.length - a.length);
  // Names of files come back composed or decomposed, as the target has it.
  const named = parts.reduce((words, part) => words.replace(anyCase(part), HIDDEN), text.normalize('NFC'));
  const words = shownText(named.replace(PERSON_NAME, HIDDEN));
  return words === '' ? null : words;
}

const anyCase = (part: string): RegExp => new RegExp(part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu');

import { operator, type CaseError } from './errors.js';

/** Where a case folder lies. Its path may carry patient data: never logged. */
export interface CaseFolder {
  /** Name of the inbox; '' for the first one, which has none. */
  readonly inbox: string;
  /** Below that inbox, `/` between segments, spelled as the inbox lists it. */
  readonly folder: string;
}

/**
 * One key for all spellings of a name that some file systems or clients take for the same: composed and decomposed
 * letters (Unicode NFC and NFD: macOS writes the latter), upper and lower case (SMB, APFS). That two names have one key
 * does not make them one folder: where both are listed side by side, they are two (docs/adr/0073).
 */
export function folderKey(name: string): string {
  return Array.from(name.normalize('NFC'), evened).join('').normalize('NFC');
}

/** Letter by letter, as file systems do it: no letter becomes two. */
function evened(letter: string): string {
  const upper = letter.toUpperCase();
  const one = isOne(upper) ? upper : letter;
  const lower = one.toLowerCase();
  return isOne(lower) ? lower : one;
}

const isOne = (text: string): boolean => text.length === String.fromCodePoint(text.codePointAt(0) ?? 0).length;

/** `outbox/<this>`: the folder's own path, for further inboxes below a folder of theirs. */
export const deliveryPath = ({ inbox, folder }: CaseFolder): string => (inbox === '' ? folder : `@${inbox}/${folder}`);

/** `the share`, or `the share of inbox NAME`: in messages that name no folder. */
export const shareWords = (inbox: string): string => (inbox === '' ? 'the share' : `the share of inbox ${inbox}`);

/** A case came by an inbox that the configuration no longer has. */
export const unknownInbox = (inbox: string): CaseError =>
  operator('intake.unknown-inbox', `the configuration has no inbox ${inbox}`, {
    remedy: `add ${inbox} to intake.inboxes again, or cancel its cases`,
  });

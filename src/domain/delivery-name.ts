import { deliveryPath } from './case-folder.js';
import type { Case } from './case.js';

/*
 * Names of what is delivered, made of a template of the configuration. All placeholders are fixed for a run once it is
 * registered, so that a repeat, also after midnight, finds the object under the name of the first try.
 */

/** What a name may be made of: the case, and of the object its beam and UID. */
export interface NamedObject {
  readonly sopInstanceUid: string;
  /** Null for the plan dose. */
  readonly beamNumber: number | null;
}

type Named = Pick<Case, 'id' | 'run' | 'inbox' | 'folder' | 'planLabel' | 'createdAt'>;

const OF_CASE = ['{planLabel}', '{date}', '{caseId}', '{run}'];
const OF_OBJECT = ['{beamNumber}', '{sopInstanceUid}'];

export const MARKER_PLACEHOLDERS: readonly string[] = OF_CASE;
export const PATH_PLACEHOLDERS: readonly string[] = ['{folder}', ...OF_CASE, ...OF_OBJECT];
/** No folder name: arguments are seen by every user of the machine. */
export const COMMAND_PLACEHOLDERS: readonly string[] = ['{file}', '{sha256}', ...OF_CASE, ...OF_OBJECT];

/** Longest name we make of one value, in characters: file systems take 255 bytes, and a name has several. */
const LONGEST = 64; // a UID is never cut

/**
 * The template with its placeholders filled. Values become safe parts of file names; `{folder}` may be several segments.
 * @param values of further placeholders, by name without braces; taken as they are
 */
export function filled(
  template: string,
  kase: Named,
  object: NamedObject | null,
  values: Readonly<Record<string, string>> = {},
): string {
  const all: Readonly<Record<string, string>> = {
    folder: deliveryPath(kase).split('/').map(safeName).join('/'),
    planLabel: safeName(kase.planLabel ?? 'unlabelled'),
    date: localDate(kase.createdAt),
    caseId: safeName(kase.id),
    run: String(kase.run),
    beamNumber: beamText(object?.beamNumber ?? null),
    sopInstanceUid: safeName(object?.sopInstanceUid ?? 'none'),
    ...values,
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(all, name) ? (all[name] ?? whole) : whole,
  );
}

/**
 * A text as a part of a file name: letters and digits of any script, `.`, `_`, `-` and `@` stay, anything else becomes
 * `_`, as does a dot or hyphen at the start (hidden, or taken for an option). Two texts may become one name.
 */
export function safeName(text: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._@-]/gu, '_')
    .replace(/^[.-]/, '_');
  return plain === '' ? '_' : Array.from(plain).slice(0, LONGEST).join('');
}

/** What file systems take for one name, bytes. */
const MOST_NAME_BYTES = 255;

/** Whether every segment of a path is short enough for a file system, `suffixBytes` (of a part file) added. */
export const isShortEnough = (path: string, suffixBytes: number): boolean =>
  path.split('/').every((name) => new TextEncoder().encode(name).length <= MOST_NAME_BYTES - suffixBytes);

/** Devices to Windows, with any ending; a share may be served by one. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** Each segment of a filled path as a share of Windows takes it: no dot or blank at its end, no name of a device. */
export const forShares = (path: string): string =>
  path
    .split('/')
    .map((segment) => segment.replace(/[. ]+$/, '_').replace(RESERVED, '_$1'))
    .join('/');

const beamText = (beamNumber: number | null): string =>
  beamNumber === null ? 'plan' : String(beamNumber).padStart(3, '0');

/** Year, month and day where the service runs, as DICOM writes a DA. */
function localDate(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(date.getFullYear())}${two(date.getMonth() + 1)}${two(date.getDate())}`;
}

/** Why an entry of the inbox is no case folder and lies in none. */
export const STRAY_REASONS = [
  'files above the case level',
  'no folder at the case level',
  'link',
  'special file',
  'name is not UTF-8',
  'unreadable',
  'excluded name',
] as const;
export type StrayReason = (typeof STRAY_REASONS)[number];

/** Entries of an inbox that share a reason. */
export interface StrayGroup {
  readonly why: StrayReason;
  /** For `files above the case level` the files, otherwise the entries. */
  readonly count: number;
  /** A few paths below the inbox. They may carry patient data: for the operator's terminal only. */
  readonly examples: readonly string[];
}

export interface StrayEntries {
  /** Case folders. */
  readonly cases: number;
  readonly groups: readonly StrayGroup[];
  /** False when there were too many entries to look at them all. */
  readonly all: boolean;
}

/** Reasons that need nobody: such entries are left alone on purpose. */
const ON_PURPOSE: readonly StrayReason[] = ['excluded name'];

export const needsSomebody = ({ why }: StrayGroup): boolean => !ON_PURPOSE.includes(why);

/**
 * One line for people: what the entries are, and why none of them becomes a case.
 * @param template the layout of the inbox, e.g. `{room}/{case}`
 * @param show a path as it may be shown
 */
export function strayWords(
  { why, count, examples }: StrayGroup,
  template: string,
  show: (path: string) => string,
): string {
  const shown = examples.map((path) => `"${show(path)}"`).join(', ');
  const more = count > examples.length ? ` and ${String(count - examples.length)} more` : '';
  return `${wordsOf(why, count, template)}: ${shown}${more}`;
}

function wordsOf(why: StrayReason, count: number, template: string): string {
  const one = count === 1;
  switch (why) {
    case 'files above the case level':
      return `${counted(count, 'file lies', 'files lie')} above the case level of ${template}`;
    case 'no folder at the case level':
      return `${counted(count, 'folder holds', 'folders hold')} no folder at the case level of ${template}`;
    case 'link':
      return `${counted(count, 'link is', 'links are')} not followed`;
    case 'special file':
      return `${counted(count, 'entry is', 'entries are')} neither ${one ? 'a folder nor a file' : 'folders nor files'}`;
    case 'name is not UTF-8':
      return `${counted(count, 'name is', 'names are')} not UTF-8`;
    case 'unreadable':
      return `${counted(count, 'folder', 'folders')} may not be listed`;
    case 'excluded name':
      return `${counted(count, 'entry is', 'entries are')} left out by name (. or ~ in front, .part, .filepart, .tmp, files of the system)`;
  }
}

const counted = (count: number, one: string, several: string): string =>
  `${String(count)} ${count === 1 ? one : several}`;

/** What to do about a group; null where nothing need be done. */
export function strayRemedy(why: StrayReason, template: string): string | null {
  switch (why) {
    case 'files above the case level':
      return `put the files of one case into a folder of their own that lies as ${template}, or set the layout of the inbox to how they lie`;
    case 'no folder at the case level':
      return `cases are folders that lie as ${template}: move them there, or set the layout of the inbox to how they lie`;
    case 'link':
    case 'special file':
      return 'copy the folder itself into the inbox';
    case 'name is not UTF-8':
      return 'rename the folder, or mount the share with iocharset=utf8';
    case 'unreadable':
      return 'give the service permission to list it';
    case 'excluded name':
      return null;
  }
}

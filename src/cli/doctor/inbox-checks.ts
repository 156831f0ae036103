import { dirname } from 'node:path';
import { CaseError } from '../../domain/errors.js';
import { needsSomebody, strayRemedy, strayWords } from '../../domain/stray-entries.js';
import type { InboxGuard } from '../../ports/inbox-guard.js';
import type { InboxSettings } from '../../ports/inbox-settings.js';
import type { Inboxes } from '../../ports/inboxes.js';
import { plainText } from '../terminal/plain-text.js';
import { broken, doubtful, fine, type Finding } from './finding.js';
import { codeOf, exists } from './is-present.js';

/** What sshfs keeps of files and folders by default (sshfs(1), dcache_timeout). How it was mounted, nobody tells. */
const SSHFS_KEEPS_SECONDS = 20;
const SSHFS = `mount it with -o dir_cache=no (if it is, all is well), or set intake.quietSeconds to more than ${String(SSHFS_KEEPS_SECONDS)}`;

const counted = (entries: number): string => (entries === 1 ? '1 entry' : `${String(entries)} entries`);

/** `inbox`, or `inbox NAME`: how its lines begin. */
export const inboxLine = ({ name }: InboxSettings): string => (name === '' ? 'inbox' : `inbox ${name}`);

const seenFile = ({ name }: InboxSettings): string => (name === '' ? 'inbox-seen.json' : `inbox-seen.${name}.json`);

/** The share must be there and readable; it is never written to. */
export async function checkInbox(inbox: InboxSettings, guard: InboxGuard): Promise<Finding> {
  const line = inboxLine(inbox);
  try {
    const { loss, mode, modeBecause, fileSystem, entries, listingMs } = await guard.survey();
    if (loss !== null) return broken(line, `the share is lost: ${loss.because}`, shareLost(inbox));
    const watched = `watched by ${mode === 'events' ? 'events' : 'polling'} (${modeBecause})`;
    const marker = inbox.inboxMarker === null ? 'no marker is configured' : 'its marker is there';
    const listed = `${counted(entries)} listed in ${listingMs.toFixed(1)} ms`;
    const found = `${inbox.path} can be read; ${watched}; ${listed}; ${marker}`;
    if (fileSystem !== 'fuse.sshfs' || inbox.quietSeconds > SSHFS_KEEPS_SECONDS) return fine(line, found);
    return doubtful(line, `${found}; sshfs shows changes up to ${String(SSHFS_KEEPS_SECONDS)} s late`, SSHFS);
  } catch (thrown) {
    if (thrown instanceof CaseError) throw thrown;
    return unreadable(inbox, codeOf(thrown));
  }
}

const shareLost = (inbox: InboxSettings): string =>
  `mount the share again; if the inbox is meant to be another kind of folder now, remove ${seenFile(inbox)} below the root`;

async function unreadable(inbox: InboxSettings, code: string): Promise<Finding> {
  const { name, path } = inbox;
  const line = inboxLine(inbox);
  if (!(await exists(dirname(path)))) {
    return doubtful(line, `${path} does not exist yet`, 'start the service, or mount the share there');
  }
  if (code !== 'ENOENT')
    return broken(line, `${path} cannot be read (${code})`, 'give the user of the service read access');
  const made = name === '' ? '; below the root, starting the service makes it' : ' or make the folder';
  return doubtful(line, `${path} does not exist`, `mount the share there${made}`);
}

/**
 * What lies in the inbox and is no case, with the reason: one line each. Names of folders are for the terminal of who
 * asks, and stand nowhere else. Nothing where all is as the layout says, or the inbox cannot be listed, which its own line tells.
 */
export async function checkStrays(inbox: InboxSettings, inboxes: Pick<Inboxes, 'strays'>): Promise<readonly Finding[]> {
  const { groups, all } = await inboxes.strays(inbox.name).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'unknown reason') throw thrown;
    return { groups: [], all: true };
  });
  const line = `${inboxLine(inbox)}, no case`;
  const found = groups.map((group) => {
    const words = strayWords(group, inbox.layout, plainText);
    const remedy = strayRemedy(group.why, inbox.layout);
    return needsSomebody(group) && remedy !== null ? doubtful(line, words, remedy) : fine(line, words);
  });
  return all ? found : [...found, fine(line, 'there are more entries than were looked at')];
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { InboxSettings } from '../../ports/inbox-settings.js';
import { doubtful, fine, type Finding } from './finding.js';

const MOUNTS = '/proc/self/mounts';
const LOOKED_AT = 200;
const AHEAD_MS = 5_000;
/** What each keeps of a folder when it is not told otherwise: nfs(5) acdirmax, mount.cifs(8) actimeo, sshfs(1) dcache_timeout. */
const KEPT_SECONDS: Readonly<Record<string, number>> = { nfs: 60, nfs4: 60, cifs: 1, smb3: 1, 'fuse.sshfs': 20 };
const OPTIONS = ['acdirmax', 'acregmax', 'actimeo', 'dcache_timeout'] as const;
const NO_CACHE = ['noac', 'dir_cache=no', 'cache=none'];

/** What is asked of a share without writing to it. */
export interface ShareView {
  /** Names at the top. */
  readonly names: readonly string[];
  /** Newest time of change among them, ms since 1970; null where there is none. */
  readonly newestMs: number | null;
  /** Whether the first name in other capitals is the same thing; null where no name has letters. */
  readonly foldsCase: boolean | null;
  /** How long changes by others may stay unseen, by the mount's own options; null where it is a local disk or not told. */
  readonly cacheSeconds: number | null;
}

/**
 * An inbox is never written to, so its renames are not tried, and how long it hides what others wrote is not measured but
 * taken from how it is mounted. Its clock is compared by the newest time it shows.
 */
export async function checkShare(
  name: string,
  inbox: InboxSettings,
  now = Date.now(),
  view: (path: string) => Promise<ShareView | null> = viewOf,
): Promise<readonly Finding[]> {
  const seen = await view(inbox.path);
  if (seen === null) return []; // its own line says why it cannot be looked at
  const found = [...clockLine(name, seen, now), ...cacheLine(name, seen, inbox)];
  return found.length > 0 ? found : [fine(name, wellWords(seen))];
}

function clockLine(name: string, { newestMs }: ShareView, now: number): readonly Finding[] {
  const aheadMs = newestMs === null ? 0 : newestMs - now;
  if (aheadMs <= AHEAD_MS) return [];
  const message = `something in it was changed ${String(Math.round(aheadMs / 1000))} s from now: its clock is ahead of ours`;
  return [doubtful(name, message, 'synchronise the clocks of share and service (chrony, systemd-timesyncd)')];
}

function cacheLine(name: string, { cacheSeconds }: ShareView, { quietSeconds }: InboxSettings): readonly Finding[] {
  if (cacheSeconds === null || cacheSeconds < quietSeconds) return [];
  const message = `by its mount options it may show changes ${String(cacheSeconds)} s late, and a folder counts as quiet after ${String(quietSeconds)} s`;
  return [
    doubtful(
      name,
      message,
      `set intake.quietSeconds above ${String(cacheSeconds)}, mount it with a shorter cache, or have a marker file sent last`,
    ),
  ];
}

function wellWords({ cacheSeconds, foldsCase }: ShareView): string {
  const cache =
    cacheSeconds === null
      ? 'no cache is known of'
      : `shows changes at most ${String(cacheSeconds)} s late by its mount options`;
  const folds = foldsCase === null ? 'not known' : foldsCase ? 'does not matter' : 'matters';
  return `${cache}; case in names: ${folds}; renames are not tried, since nothing is written there`;
}

async function viewOf(path: string): Promise<ShareView | null> {
  const names = await readdir(path).catch(() => null);
  if (names === null) return null;
  const times = await Promise.all(names.slice(0, LOOKED_AT).map((name) => changedAt(join(path, name))));
  const known = times.filter((time) => time !== null);
  return {
    names,
    newestMs: known.length === 0 ? null : Math.max(...known),
    foldsCase: await foldsCase(path, names),
    cacheSeconds: cacheSecondsOf(await readFile(MOUNTS, 'utf8').catch(() => ''), path),
  };
}

const changedAt = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );

async function foldsCase(path: string, names: readonly string[]): Promise<boolean | null> {
  const name = names.find((one) => other(one) !== one);
  if (name === undefined) return null;
  const inode = (at: string): Promise<number | null> =>
    stat(join(path, at)).then(
      ({ ino }) => ino,
      () => null,
    );
  return (await inode(name)) === (await inode(other(name)));
}

const other = (name: string): string => (name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase());

/** @param mounts as proc(5) describes /proc/mounts; the longest folder around the path counts, of equals the last */
export function cacheSecondsOf(mounts: string, path: string): number | null {
  const around = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(
      ([, point = '']) =>
        point !== '' && (path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`)),
    )
    .sort(([, a = ''], [, b = '']) => a.length - b.length);
  const [, , kind = '', options = ''] = around.at(-1) ?? [];
  const standard = KEPT_SECONDS[kind];
  if (standard === undefined) return null;
  const given = options.split(',');
  if (given.some((option) => NO_CACHE.includes(option))) return 0;
  const set = given
    .map((option) => option.split('='))
    .filter(([key = '']) => (OPTIONS as readonly string[]).includes(key));
  return set.length === 0 ? standard : Math.max(...set.map(([, value]) => Number(value)));
}

import type { Settings } from './settings.js';

/** How one inbox is watched, with what it takes over from `intake`. */
export interface InboxSettings {
  /** '' for the first one. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly layout: string;
  readonly watch: 'auto' | 'events' | 'poll';
  readonly quietSeconds: number;
  readonly pollSeconds: number;
  readonly readyMarker: string | null;
  readonly inboxMarker: string | null;
}

/** All inboxes of the configuration, the first one first. */
export function inboxesOf({ intake }: Pick<Settings, 'intake'>): readonly InboxSettings[] {
  const { inbox, inboxMarker, layout, watch, quietSeconds, pollSeconds, readyMarker } = intake;
  const shared = { layout, watch, quietSeconds, pollSeconds, readyMarker };
  return [
    { ...shared, name: '', path: inbox, inboxMarker },
    ...intake.inboxes.map((further) => ({
      name: further.name,
      path: further.path,
      layout: further.layout ?? layout,
      watch: further.watch ?? watch,
      quietSeconds: further.quietSeconds ?? quietSeconds,
      pollSeconds: further.pollSeconds ?? pollSeconds,
      // null says none, left out says as intake. A marker of the inbox itself proves one share only.
      readyMarker: further.readyMarker === undefined ? readyMarker : further.readyMarker,
      inboxMarker: further.inboxMarker ?? null,
    })),
  ];
}

import { unknownInbox } from '../../domain/case-folder.js';
import type { ManifestFinding } from '../../domain/manifest-finding.js';
import type { ManifestCheck } from '../../ports/manifest-check.js';
import { InboxManifestCheck } from './inbox-manifest-check.js';

interface MarkedInbox {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly readyMarker: string | null;
}

/** The manifests of several inboxes, each of which has its own ready marker or none. */
export class AllManifestChecks implements ManifestCheck {
  readonly #checks: ReadonlyMap<string, InboxManifestCheck>;

  constructor(inboxes: readonly MarkedInbox[]) {
    this.#checks = new Map(
      inboxes.map(({ name, path, readyMarker }) => [name, new InboxManifestCheck({ inbox: path, readyMarker })]),
    );
  }

  async check(...[kase, files, signal]: Parameters<ManifestCheck['check']>): Promise<ManifestFinding | null> {
    const check = this.#checks.get(kase.inbox);
    if (check === undefined) throw unknownInbox(kase.inbox);
    return check.check(kase, files, signal);
  }
}

import { readdir, realpath } from 'node:fs/promises';
import { entryKind } from '../../domain/entry-kind.js';
import { operator } from '../../domain/errors.js';
import type { EpochMs } from '../../domain/time.js';
import type { Clock } from '../../ports/clock.js';
import type { InboxGuard, InboxLoss, InboxSurvey } from '../../ports/inbox-guard.js';
import type { Logger } from '../../ports/logger.js';
import { errorCode } from './error-code.js';
import { lookAtInbox, readIdentity, writeIdentity, type InboxRecord, type InboxSight } from './inbox-identity.js';
import { mountedAs } from './mounted-as.js';
import { lostSince, withLoss } from './past-losses.js';
import { watchMode } from './watch-mode.js';

export interface ShareGuardOptions {
  /** Absolute. */
  readonly inbox: string;
  /** A file that lies in the inbox whenever the share is there; null for none. */
  readonly inboxMarker: string | null;
  readonly watch: 'auto' | 'events' | 'poll';
  /** What was seen of the inbox is remembered there: a service may start while the share is away. */
  readonly memory: string;
}

type Look = (inbox: string, marker: string | null) => Promise<InboxSight>;
type Trouble = Omit<InboxLoss, 'since'>;

/** A share that is merely slow answers sooner; one whose server is gone may never. */
const ANSWER_WITHIN_MS = 30_000;
const NO_ANSWER = `has not answered for ${String(ANSWER_WITHIN_MS / 1000)} s`;

/**
 * A share that went away leaves an error, silence, or the empty folder it was mounted on. The last is told by what was
 * seen before: an inbox that was a mount point or a network share and is none any more is not the inbox.
 *
 * A look that hangs keeps one thread of Node's pool, which the database needs too: so there is never a second one.
 */
export class ShareGuard implements InboxGuard {
  generation = 0;
  #loss: InboxLoss | null = null;
  #mount: string | null = null;
  #hangs = false;
  #current: Promise<InboxLoss | null> | null = null;
  #next: Promise<InboxLoss | null> | null = null;
  /** Undefined until the memory was read. */
  #seen: InboxRecord | null | undefined;
  #warned = false;

  constructor(
    private readonly options: ShareGuardOptions,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly look: Look = lookAtInbox,
  ) {}

  check(): Promise<InboxLoss | null> {
    if (this.#hangs) return Promise.resolve(this.#loss);
    if (this.#current === null) return this.#begin();
    this.#next ??= this.#current.then(() => {
      this.#next = null;
      return this.#hangs ? this.#loss : this.#begin();
    });
    return this.#next;
  }

  lostMsSince(since: EpochMs): number {
    const past = lostSince(this.#seen?.losses ?? [], since);
    return this.#loss === null ? past : past + lostSince([[this.#loss.since, this.clock.now()]], since);
  }

  async survey(): Promise<InboxSurvey> {
    const enough = new AbortController();
    const late = this.clock.sleep(ANSWER_WITHIN_MS, enough.signal).then(() => 'late' as const);
    try {
      const answer = await Promise.race([this.#survey(), late]);
      if (answer !== 'late') return answer;
    } finally {
      enough.abort();
    }
    throw operator('intake.no-answer', `the inbox ${NO_ANSWER}`, { remedy: 'bring the share back' });
  }

  async #survey(): Promise<InboxSurvey> {
    const { inbox, inboxMarker, watch } = this.options;
    const from = this.clock.monotonicMs();
    const names = await readdir(inbox);
    const listingMs = this.clock.monotonicMs() - from;
    const trouble = await this.#troubleOf(await this.look(inbox, inboxMarker));
    const { mode, because } = await watchMode(inbox, watch);
    return {
      loss: trouble === null ? null : { since: this.clock.now(), ...trouble },
      mode,
      modeBecause: because,
      fileSystem: await mountedAs(await realpath(inbox)),
      entries: names.filter((name) => entryKind(name, true) === 'content').length,
      listingMs,
    };
  }

  #begin(): Promise<InboxLoss | null> {
    const current = this.#once().finally(() => {
      this.#current = null;
    });
    this.#current = current;
    return current;
  }

  async #once(): Promise<InboxLoss | null> {
    const enough = new AbortController();
    const late = this.clock.sleep(ANSWER_WITHIN_MS, enough.signal).then(() => 'late' as const);
    const probe = this.#probe();
    const answer = await Promise.race([probe, late]);
    enough.abort();
    if (answer !== 'late') return this.#note(answer);
    this.#hangs = true;
    void probe.then(() => {
      this.#hangs = false;
    });
    return this.#note({ code: 'no-answer', because: `it ${NO_ANSWER}` });
  }

  /** Never rejects. */
  async #probe(): Promise<Trouble | null> {
    try {
      const sight = await this.look(this.options.inbox, this.options.inboxMarker);
      const trouble = await this.#troubleOf(sight);
      if (trouble !== null) return trouble;
      await this.#remember(sight);
      if (this.#mount !== null && this.#mount !== sight.mount) this.generation += 1;
      this.#mount = sight.mount;
      return null;
    } catch (thrown) {
      const code = errorCode(thrown);
      return { code, because: `it cannot be listed (${code})` };
    }
  }

  async #troubleOf(sight: InboxSight): Promise<Trouble | null> {
    if (!sight.hasMarker) return { code: 'no-marker', because: 'the file named by intake.inboxMarker is not in it' };
    const seen = await this.#known();
    if (seen === null) return null;
    const wasMounted = seen.isMountPoint && !sight.isMountPoint;
    const wasShare = seen.isNetworkShare && !sight.isNetworkShare;
    if (!wasMounted && !wasShare) return null;
    return {
      code: 'not-mounted',
      because: `it was ${wasShare ? 'a network share' : 'a mount'} before and is none now`,
    };
  }

  async #known(): Promise<InboxRecord | null> {
    if (this.#seen !== undefined) return this.#seen;
    try {
      this.#seen = await readIdentity(this.options.memory, this.options.inbox);
    } catch (thrown) {
      this.#warn('what was seen of the inbox before cannot be read', thrown);
      this.#seen = null;
    }
    return this.#seen;
  }

  /**
   * What has been seen once counts for good: a share is not forgotten because it was away at the next start. Called when
   * the inbox is there: a loss ends.
   */
  async #remember({ isMountPoint, isNetworkShare }: InboxSight): Promise<void> {
    const seen = await this.#known();
    const before = seen?.losses ?? [];
    const losses = this.#loss === null ? before : withLoss(before, this.#loss.since, this.clock.now());
    const isSame = seen?.isMountPoint === isMountPoint && seen.isNetworkShare === isNetworkShare;
    if (isSame && losses === before) return;
    this.#seen = { isMountPoint, isNetworkShare, losses };
    try {
      await writeIdentity(this.options.memory, this.options.inbox, this.#seen);
    } catch (thrown) {
      this.#warn('what was seen of the inbox cannot be kept', thrown);
    }
  }

  #warn(phrase: string, thrown: unknown): void {
    if (!this.#warned) this.log.warn(phrase, { code: errorCode(thrown) }, thrown);
    this.#warned = true;
  }

  #note(trouble: Trouble | null): InboxLoss | null {
    if (trouble === null) this.#loss = null;
    else if (this.#loss === null) {
      this.generation += 1;
      this.#loss = { since: this.clock.now(), ...trouble };
    } else this.#loss = { since: this.#loss.since, ...trouble };
    return this.#loss;
  }
}

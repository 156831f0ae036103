import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../ports/clock.js';

/** Somebody who logged in, until it ends. */
export interface Session {
  /** Null: by the token. */
  readonly user: string | null;
  /** Of the user at login (ports/users.ts): another one ends the session. */
  readonly stamp: string | null;
  /** Sent back by the page with everything that changes something; no other page can know it. */
  readonly csrf: string;
  readonly begunAt: number;
  readonly usedAt: number;
}

const ID_BYTES = 32;
const MOST_SESSIONS = 1000;
/** Of one user; the one unused for longest makes room. */
const MOST_EACH = 20;

/**
 * Sessions, in memory only: they end with the service. Nothing that would let somebody in lies on the disk or in a backup,
 * and a restart is a sure way to end them all. Kept by the digest of their id.
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly limits: { readonly idleMs: number; readonly longestMs: number },
  ) {}

  /** @returns the id that the browser keeps, 256 random bits */
  begin(user: string | null, stamp: string | null): { readonly id: string; readonly session: Session } {
    const now = this.clock.monotonicMs();
    this.#makeRoom(user);
    const id = randomBytes(ID_BYTES).toString('base64url');
    const csrf = randomBytes(ID_BYTES).toString('base64url');
    const session = { user, stamp, csrf, begunAt: now, usedAt: now };
    this.#sessions.set(keyOf(id), session);
    return { id, session };
  }

  /** The session of this id, used now; null where there is none, or it is over. */
  use(id: string): Session | null {
    const session = this.look(id);
    if (session === null) return null;
    const used = { ...session, usedAt: this.clock.monotonicMs() };
    this.#sessions.set(keyOf(id), used);
    return used;
  }

  /** Like `use`, without using it. */
  look(id: string): Session | null {
    const session = this.#sessions.get(keyOf(id));
    if (session === undefined) return null;
    if (!this.#isOver(session)) return session;
    this.#sessions.delete(keyOf(id));
    return null;
  }

  end(id: string): void {
    this.#sessions.delete(keyOf(id));
  }

  #isOver({ begunAt, usedAt }: Session): boolean {
    const now = this.clock.monotonicMs();
    return now - usedAt >= this.limits.idleMs || now - begunAt >= this.limits.longestMs;
  }

  #makeRoom(user: string | null): void {
    for (const [key, session] of this.#sessions) if (this.#isOver(session)) this.#sessions.delete(key);
    const inOrder = [...this.#sessions].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    const own = inOrder.filter(([, session]) => session.user === user);
    const [oldest] = own.length >= MOST_EACH ? own : this.#sessions.size >= MOST_SESSIONS ? inOrder : [];
    if (oldest !== undefined) this.#sessions.delete(oldest[0]);
  }
}

const keyOf = (id: string): string => createHash('sha256').update(id).digest('base64url');

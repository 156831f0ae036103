import { transient } from '../../../src/domain/errors.js';
import type { Clock } from '../../../src/ports/clock.js';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What calls of ports may meet. `lost`: the effect is there, its answer is not. */
export interface Troubles {
  busy: number;
  lost: number;
}

const never = (): Promise<never> => new Promise<never>(() => undefined);

/** Answers of these are never lost: they say nothing that anybody acts on twice, or are waits that last. */
const ANSWERED = new Set(['scheduler.wait', 'clock.sleep', 'engine.judge', 'engine.prepare']);

/**
 * One process: every call of a port passes through here, takes a random number of turns before and after its effect, and
 * may be the last thing the process does. A dead process never hears of anything again, and does nothing more.
 */
export class Life {
  dead = false;
  /** Steps through ports (two for each call) until it dies. */
  countdown = Infinity;

  constructor(
    private readonly random: () => number,
    private readonly troubles: Troubles,
  ) {}

  /** The port, mortal. Its methods that answer at once (`sync`) are passed on as they are. */
  port<T extends object>(name: string, real: T, sync: readonly string[] = []): T {
    return new Proxy(real, {
      get: (target, key): unknown => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function' || sync.includes(String(key))) return member;
        const method = member as (...given: unknown[]) => Promise<unknown>;
        return (...given: unknown[]) => this.#call(`${name}.${String(key)}`, () => method.apply(target, given));
      },
    });
  }

  clock(real: Clock): Clock {
    return {
      now: () => real.now(),
      monotonicMs: () => real.monotonicMs(),
      sleep: async (ms, signal) => {
        await this.#call('clock.sleep', () => real.sleep(ms, signal));
      },
    };
  }

  async #call(name: string, work: () => Promise<unknown>): Promise<unknown> {
    await this.#turns();
    if (this.#ends()) return never();
    const mayFail = !ANSWERED.has(name);
    if (mayFail && this.troubles.busy > 0) {
      this.troubles.busy -= 1;
      throw transient('model.busy', `${name} was busy`);
    }
    const answer = await work();
    await this.#turns();
    if (this.#ends()) return never();
    if (mayFail && this.troubles.lost > 0) {
      this.troubles.lost -= 1;
      throw transient('model.answer-lost', `the answer of ${name} was lost`);
    }
    return answer;
  }

  #ends(): boolean {
    this.countdown -= 1;
    if (this.countdown <= 0) this.dead = true;
    return this.dead;
  }

  async #turns(): Promise<void> {
    for (let turns = Math.floor(this.random() * 4); turns > 0; turns -= 1) await Promise.resolve();
  }
}

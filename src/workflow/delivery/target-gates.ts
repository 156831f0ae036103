import { Inject, Service } from 'typedi';
import { toCaseError, toFailure, type CaseError, type Failure } from '../../domain/errors.js';
import { longestDelay, remainingMs } from '../../domain/retry.js';
import { afterFailure, afterSuccess, beforeProbe, type TargetState } from '../../domain/target-state.js';
import type { EpochMs } from '../../domain/time.js';
import { Clock } from '../../ports/clock.js';
import { Logger } from '../../ports/logger.js';
import { Settings } from '../../ports/settings.js';
import { TargetStore } from '../../ports/target-store.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { targetRules, type TargetRules } from './target-rules.js';

/*
 * Who may send to a target now: one gate for each target, which every delivery goes through.
 *
 *   working, unknown   `concurrency` cases at once; their objects no faster than `ratePerMinute`
 *   down               one probe once its time has come, or when a person says that the cause is mended, or asked for a
 *                      delivery after it was last tried; nobody else
 *
 * Who writes the row: the service that holds the instance lock, so one process, and there only this class, one change after
 * the other for each target. The row holds what must outlive us (down, failures, next probe); who is inside is in memory
 * and ends with the process. Before a probe its successor's time is written: a service that is killed by or during a
 * probe (kill -9 between) finds the target down with a later probe and does not hammer it by restarting. Killed
 * between a success and its record, it finds it down and probes once more: targets are idempotent.
 */

/** No entry: who wants to send waits. */
export interface Closed {
  readonly closed: true;
  /** What the case waits for, after "waiting for". */
  readonly words: string;
}

/** One case inside; `leave` is called whatever happens, after `succeeded` or `failed` or neither. */
export interface Entry {
  readonly closed: false;
  readonly isProbe: boolean;
  /** Waits until the next object may be sent. */
  pace(signal: AbortSignal): Promise<void>;
  /** Something arrived. */
  succeeded(): Promise<void>;
  /** The target failed; true when this is what made it down. */
  failed(error: CaseError): Promise<boolean>;
  leave(): void;
}

/** How many more may enter a gate now. */
interface Room {
  readonly free: number;
  readonly isProbe: boolean;
  /** When that may change: ms until the next probe, null where only an event can tell. */
  readonly inMs: number | null;
  /** Of a target that is down: whoever asked since may probe it before its time; null where nobody may. */
  readonly triedAt: EpochMs | null;
}

const MS_PER_MINUTE = 60_000;

/** A case that was woken and did not come to the gate by then will not: another is woken. */
const COMES_WITHIN_MS = 5_000;

class Gate {
  inside = 0;
  probing = false;
  /** Cases that were woken and have not come yet, and until when they are expected, by the monotonic clock. */
  readonly expected = new Map<string, number>();
  /** When the next object may go, by the monotonic clock. */
  nextSlotMs = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly name: string,
    readonly rules: TargetRules,
  ) {}

  /** Changes of the row, one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

@Service()
export class TargetGates {
  readonly #gates = new Map<string, Gate>();
  #onFreed: () => void = () => undefined;

  constructor(
    @Inject(TargetStore) private readonly targets: TargetStore,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** Says in the database which targets there are; should that fail, their states are kept all the same. */
  async open(targets: readonly UploadTarget[]): Promise<void> {
    try {
      await this.targets.sync(targets.map(({ name, kind, optional }) => ({ name, kind, optional: optional === true })));
    } catch (thrown) {
      const { code, severity } = toCaseError(thrown);
      this.log.warn('noting the upload targets failed', { code, severity }, thrown);
    }
  }

  /** Called whenever somebody leaves a gate or a target works again. */
  onFreed(heard: () => void): void {
    this.#onFreed = heard;
  }

  /** Somebody asked for a delivery: whoever waits for room looks anew. */
  asked(): void {
    this.#onFreed();
  }

  /**
   * @param askedAt when a person asked for this delivery: a probe is due now, unless the target was tried since, so that asking for
   * many cases is no storm. Infinity: the person says that what kept it down is mended. Null: nobody did.
   */
  enter(name: string, caseId: string, askedAt: EpochMs | null): Promise<Entry | Closed> {
    const gate = this.#gate(name);
    return gate.inTurn(async () => {
      gate.expected.delete(caseId);
      if (gate.inside >= gate.rules.concurrency) return { closed: true, words: `its turn at target ${name}` };
      const row = await this.targets.get(name);
      if (row.state !== 'down') return this.#entry(gate, false);
      const isDue = this.#leftMs(gate, row) === 0 || (askedAt ?? 0) > (row.lastFailureAt ?? 0);
      if (gate.probing || !isDue) return { closed: true, words: downWords(row) };
      await this.targets.save(beforeProbe(row, this.clock.now(), gate.rules.probes));
      return this.#entry(gate, true);
    });
  }

  /** Who may enter now. */
  async room(name: string): Promise<Room> {
    const gate = this.#gate(name);
    const row = await this.targets.get(name);
    const now = this.clock.monotonicMs();
    for (const [caseId, until] of gate.expected) if (until <= now) gate.expected.delete(caseId);
    const coming = gate.expected.size;
    const left = gate.rules.concurrency - gate.inside;
    if (row.state !== 'down') return { free: left - coming, isProbe: false, inMs: null, triedAt: null };
    if (gate.probing || left <= 0) return { free: 0, isProbe: true, inMs: null, triedAt: null };
    const inMs = this.#leftMs(gate, row);
    return { free: inMs === 0 ? 1 - coming : 0, isProbe: true, inMs, triedAt: row.lastFailureAt };
  }

  /** These were woken and will come: their places are theirs for a while. */
  expect(name: string, caseIds: readonly string[]): void {
    const until = this.clock.monotonicMs() + COMES_WITHIN_MS;
    for (const id of caseIds) this.#gate(name).expected.set(id, until);
  }

  /** What a case waits for that may not enter now for this failure of the target. */
  async words(name: string): Promise<string> {
    return downWords(await this.targets.get(name));
  }

  state(name: string): Promise<TargetState> {
    return this.targets.get(name);
  }

  #gate(name: string): Gate {
    const gate = this.#gates.get(name) ?? new Gate(name, targetRules(this.settings, name));
    this.#gates.set(name, gate);
    return gate;
  }

  #leftMs({ rules: { probes } }: Gate, { nextProbeAt }: TargetState): number {
    return remainingMs(nextProbeAt, this.clock.now(), longestDelay(probes));
  }

  #entry(gate: Gate, isProbe: boolean): Entry {
    gate.inside += 1;
    if (isProbe) gate.probing = true;
    let told = false;
    return {
      closed: false,
      isProbe,
      pace: (signal) => this.#pace(gate, signal),
      // Once for each case: what comes after the first object changes nothing that others decide by.
      succeeded: async () => {
        if (told) return;
        told = true;
        await this.#succeeded(gate);
      },
      failed: (error) => this.#failed(gate, toFailure(error), isProbe),
      leave: () => {
        gate.inside -= 1;
        if (isProbe) gate.probing = false;
        this.#onFreed();
      },
    };
  }

  async #pace(gate: Gate, signal: AbortSignal): Promise<void> {
    const { ratePerMinute } = gate.rules;
    if (ratePerMinute === null) return;
    const now = this.clock.monotonicMs();
    const at = Math.max(now, gate.nextSlotMs);
    gate.nextSlotMs = at + MS_PER_MINUTE / ratePerMinute;
    await this.clock.sleep(at - now, signal);
    signal.throwIfAborted();
  }

  #succeeded(gate: Gate): Promise<void> {
    return gate.inTurn(async () => {
      const row = await this.targets.get(gate.name);
      const at = this.clock.now();
      await this.targets.save(afterSuccess(row, at));
      if (row.state !== 'down') return;
      this.log.info('upload target works again', { target: gate.name, durationMs: at - (row.downSince ?? at) });
      this.#onFreed();
    });
  }

  #failed(gate: Gate, error: Failure, isProbe: boolean): Promise<boolean> {
    return gate.inTurn(async () => {
      const row = await this.targets.get(gate.name);
      const at = this.clock.now();
      const after = afterFailure(row, error, { at, counts: isProbe, policy: gate.rules.probes });
      await this.targets.save(after);
      if (row.state === 'down') return false;
      const { code, severity } = error;
      this.log.warn('upload target is down', { target: gate.name, code, severity });
      return true;
    });
  }
}

/** `target archive (cannot be reached (ECONNREFUSED))`; with the remedy where a person is needed. */
export function downWords({ name, error }: TargetState): string {
  if (error === null) return `target ${name}`;
  const subject = `upload target ${name} `;
  const reason = error.message.startsWith(subject) ? error.message.slice(subject.length) : error.message;
  return `target ${name} (${error.severity === 'operator' ? `${reason}; ${forThoseWhoWait(error.remedy)}` : reason})`;
}

/** Resumed is the one case that is held for it; those that wait go on with it, or with the next probe. */
const forThoseWhoWait = (remedy: string): string =>
  remedy.replace(/[,;]? then: mqi resume ID$/, '; this case then goes on by itself');

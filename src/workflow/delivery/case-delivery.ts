import { Inject, Service } from 'typedi';
import { isOfTarget, type CaseUpload } from '../../domain/case-upload.js';
import type { Case } from '../../domain/case.js';
import { permanent, toCaseError, toFailure, type CaseError } from '../../domain/errors.js';
import { peerWords } from '../../domain/peer-words.js';
import type { KeptReceipt } from '../../domain/receipt.js';
import { longestDelay, remainingMs, retryDelayMs } from '../../domain/retry.js';
import type { EpochMs } from '../../domain/time.js';
import { CaseUploadStore, type UploadEnd } from '../../ports/case-upload-store.js';
import { Clock } from '../../ports/clock.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import { ReceiptStore } from '../../ports/receipt-store.js';
import { Settings } from '../../ports/settings.js';
import type { StepContext } from '../../ports/step.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { TargetGates, type Entry } from './target-gates.js';
import { targetRules } from './target-rules.js';

/** What a case sends. */
export interface Sending {
  readonly objects: readonly MadeDose[];
  /** The delivery report, as it is by now; null where there is none. */
  readonly report: () => Promise<string | null>;
  /** The earlier run beside whose objects the report belongs, where its doses stand for this case too; null otherwise. */
  readonly beside: Case | null;
}

/** How a turn of one case at one target ended; `upload` is the turn, for what is to be noted of a failure. */
export type TurnEnd =
  | { readonly how: 'delivered' }
  | { readonly how: 'held' }
  | { readonly how: 'waits'; readonly words: string; readonly dueAt: EpochMs | null }
  | { readonly how: 'failed'; readonly error: CaseError; readonly upload: CaseUpload };

type Failed = Extract<TurnEnd, { how: 'failed' }>;
interface Context extends Pick<StepContext, 'signal' | 'log'> {
  /** True once nothing more of the case is to be sent. */
  readonly held: () => boolean | Promise<boolean>;
}

interface Turn {
  readonly kase: Case;
  readonly target: UploadTarget;
  readonly upload: CaseUpload;
  readonly entry: Entry;
  readonly context: Context;
}

/**
 * One turn: every object of a case to one target, in order.
 *
 * A receipt says `pending` before an object is sent and `delivered` once the target has verified it; what a receipt says
 * is delivered is not sent again, unless an operator has asked for it since. The turn is counted before anything is sent, and
 * only the turn that was counted last may say how it ended: a step that was left to itself and ends much later changes
 * nothing. Two turns of one case at one target never run side by side: the case's lease keeps steps apart, and a turn
 * that no step waits for is left alone by whoever finds it under way (turns-apart.ts).
 */
@Service()
export class CaseDelivery {
  constructor(
    @Inject(CaseUploadStore) private readonly uploads: CaseUploadStore,
    @Inject(ReceiptStore) private readonly receipts: ReceiptStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
    private readonly gates: TargetGates,
  ) {}

  /** Never rejects for a failure of the target; rejects when the signal aborts, and when the database fails. */
  async turn(
    kase: Case,
    target: UploadTarget,
    upload: CaseUpload,
    read: () => Promise<Sending>,
    context: Context,
  ): Promise<TurnEnd> {
    const askedAt = askedFor(kase, upload);
    if (askedAt === null && this.#leftMs(target.name, upload) > 0) return ownWait(upload);
    const entry = await this.gates.enter(target.name, kase.id, askedAt);
    if (entry.closed) return { how: 'waits', words: entry.words, dueAt: null };
    try {
      const begun = await this.uploads.begin(upload);
      return await this.#carryOut({ kase, target, upload: begun, entry, context }, read);
    } finally {
      entry.leave();
    }
  }

  #leftMs(name: string, { dueAt }: CaseUpload): number {
    return remainingMs(dueAt, this.clock.now(), longestDelay(targetRules(this.settings, name).retries));
  }

  async #carryOut(turn: Turn, read: () => Promise<Sending>): Promise<TurnEnd> {
    const { upload, entry, context } = turn;
    let sending: Sending;
    try {
      sending = await read();
    } catch (thrown) {
      context.signal.throwIfAborted();
      return this.#ownFailure(turn, this.#told(turn, thrown));
    }
    try {
      if (!(await this.#send(turn, sending))) return { how: 'held' };
      await entry.succeeded();
    } catch (thrown) {
      context.signal.throwIfAborted(); // whether it arrived is found out by the next turn
      return this.#failed(turn, this.#told(turn, thrown));
    }
    const isLast = await this.uploads.end(upload, { ...AFRESH, state: 'delivered', againSince: null });
    return isLast ? { how: 'delivered' } : { how: 'waits', words: `target ${upload.target}`, dueAt: this.clock.now() };
  }

  /** False when the case was held in between. */
  async #send({ kase, target, upload, entry, context }: Turn, { objects, report, beside }: Sending): Promise<boolean> {
    const delivered: KeptReceipt[] = [];
    const known = await this.receipts.ofCase(kase.id);
    const wanted = targetRules(this.settings, target.name).objects;
    for (const object of objects.filter(({ beamNumber }) => wanted.has(beamNumber === null ? 'plan' : 'beams'))) {
      const { sopInstanceUid } = object;
      const receipt = known.find((row) => row.target === target.name && row.sopInstanceUid === sopInstanceUid);
      if (receipt !== undefined && isProof(receipt, object, upload)) {
        delivered.push(receipt);
        continue;
      }
      if (await context.held()) return false;
      await entry.pace(context.signal);
      delivered.push(await this.#deliver(kase, target, object, receipt, context.signal));
      await entry.succeeded();
      context.log.info('dose delivered', { target: target.name, sopInstanceUid, bytes: object.bytes });
    }
    if (wanted.has('report')) await sendReport(target, beside ?? kase, report);
    if (beside === null) await target.finish(kase, delivered);
    return true;
  }

  async #deliver(
    kase: Case,
    target: UploadTarget,
    { sopInstanceUid, sha256, ...dose }: MadeDose,
    former: KeptReceipt | undefined,
    signal: AbortSignal,
  ): Promise<KeptReceipt> {
    const sent: KeptReceipt = {
      caseId: kase.id,
      target: target.name,
      sopInstanceUid,
      sha256,
      status: 'pending',
      location: null,
      verifiedBy: null,
      attempts: (former?.attempts ?? 0) + 1,
      peerSaid: former?.peerSaid ?? null,
      sentAs: null,
      at: this.clock.now(),
    };
    await this.receipts.record(sent);
    try {
      const told = await target.deliver(kase, { sopInstanceUid, sha256, ...dose }, signal);
      const peerSaid = peerWords(told.peerSaid ?? '', kase);
      const receipt = { ...told, sentAs: told.sentAs ?? null, attempts: sent.attempts, peerSaid };
      await this.receipts.record(receipt);
      return receipt;
    } catch (error) {
      const { code, message, peerSaid: words } = toCaseError(error);
      const peerSaid = peerWords(words ?? `${code}: ${message}`, kase);
      // An abort leaves it pending: whether it arrived is found out by the next attempt.
      if (!signal.aborted) await this.receipts.record({ ...sent, status: 'failed', peerSaid, at: this.clock.now() });
      throw error;
    }
  }

  #told({ target, context }: Turn, thrown: unknown): CaseError {
    const error = toCaseError(thrown);
    const { code, severity } = error;
    context.log.warn('upload failed', { target: target.name, code, severity }, thrown);
    return error;
  }

  async #failed(turn: Turn, error: CaseError): Promise<TurnEnd> {
    const { target, upload, entry } = turn;
    const isTargets = isOfTarget(error, upload, await this.gates.state(target.name)) || isProbed(entry, error);
    return isTargets ? this.#outage(turn, error) : this.#ownFailure(turn, error);
  }

  /** Costs the case nothing. Where a person must act, the case that met it first is held for it; the others wait. */
  async #outage({ target, upload, entry }: Turn, error: CaseError): Promise<TurnEnd> {
    const opened = await entry.failed(error);
    const end = { ...endOf(upload), dueAt: null, failedAt: this.clock.now(), error: null };
    await this.uploads.end(upload, end);
    const isTold = opened || upload.error?.severity === 'operator';
    if (error.severity === 'operator' && isTold) return { how: 'failed', error, upload: { ...upload, ...end } };
    return { how: 'waits', words: await this.gates.words(target.name), dueAt: null };
  }

  /** Passing ones are tried again with growing delay, up to maxRetries. */
  async #ownFailure({ target, upload }: Turn, error: CaseError): Promise<TurnEnd> {
    const { retries } = targetRules(this.settings, target.name);
    const now = this.clock.now();
    const isOurs = error.severity !== 'transient' && error.severity !== 'operator';
    const failures = upload.failures + 1;
    const givenUp = isOurs || failures > retries.maxRetries;
    const last = givenUp && !isOurs ? triedEnough(error, failures) : error;
    const end: UploadEnd = {
      ...endOf(upload),
      state: givenUp ? 'failed' : 'open',
      failures,
      dueAt: givenUp ? null : now + retryDelayMs(failures, retries),
      failedAt: now,
      error: toFailure(last),
    };
    await this.uploads.end(upload, end);
    const after = { ...upload, ...end };
    return givenUp || error.severity === 'operator' ? { how: 'failed', error: last, upload: after } : ownWait(after);
  }

  /** Before the case is failed or held for it: whoever lets the case go on has this target tried anew. */
  async reopen({ error, upload }: Failed): Promise<void> {
    await this.uploads.end(upload, { ...endOf(upload), ...AFRESH, state: 'open', error: toFailure(error) });
  }
}

/**
 * Two runs may send their reports to one place at the same time. Each looks again after it has written, and writes once more what is
 * the newest by then: so the newest lies there whichever writes last.
 */
async function sendReport(target: UploadTarget, place: Case, newest: Sending['report']): Promise<void> {
  if (target.report === undefined) return;
  let sent: string | null = null;
  for (let csv = await newest(); csv !== null && csv !== sent; csv = await newest()) {
    await target.report(place, csv);
    sent = csv;
  }
}

const AFRESH = { failures: 0, dueAt: null, failedAt: null, error: null } as const;

const endOf = ({ state, failures, dueAt, failedAt, againSince, error }: CaseUpload): UploadEnd => ({
  state,
  failures,
  dueAt,
  failedAt,
  againSince,
  error,
});

/** When a person asked for it, if it was not tried since; Infinity where the case was held for it and is let go on. */
function askedFor({ state }: Case, { againSince, failedAt, error }: CaseUpload): EpochMs | null {
  if (state !== 'completed' && error?.severity === 'operator') return Infinity;
  return againSince !== null && againSince > (failedAt ?? 0) ? againSince : null;
}

const isProof = (receipt: KeptReceipt, { sha256 }: MadeDose, { againSince }: CaseUpload): boolean =>
  receipt.status === 'delivered' && receipt.sha256 === sha256 && receipt.at >= (againSince ?? 0);

/** A probe that met anything that passes or can be mended has found the target still down. */
const isProbed = ({ isProbe }: Entry, { severity, code }: CaseError): boolean =>
  isProbe && (severity === 'transient' || severity === 'operator') && !code.startsWith('dose.');

const ownWait = ({ target, dueAt, failures, error }: CaseUpload): TurnEnd => ({
  how: 'waits',
  words: `target ${target} to be tried again after failure ${String(failures)} (${error?.message ?? 'unknown'})`,
  dueAt,
});

const triedEnough = (error: CaseError, failures: number): CaseError =>
  permanent(error.code, `${error.message}; tried ${String(failures)} times while the target took others`, {
    cause: error,
    remedy: 'see at the target why it does not take this case, then: mqi retry ID',
  });

import { relative } from 'node:path';
import { Inject, Service } from 'typedi';
import type { Beam } from '../../domain/beam.js';
import type { Case } from '../../domain/case.js';
import { bug, toCaseError, toFailure, transient, type CaseError } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { longestDelay, remainingMs, retryPolicy, type RetryPolicy } from '../../domain/retry.js';
import { BeamStore } from '../../ports/beam-store.js';
import { CaseStore } from '../../ports/case-store.js';
import { Clock } from '../../ports/clock.js';
import { DoseMaker } from '../../ports/dose-maker.js';
import { Engine, type EngineRequest, type EngineResult } from '../../ports/engine.js';
import { Scheduler } from '../../ports/scheduler.js';
import { Settings } from '../../ports/settings.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { jobFields } from '../job-fields.js';
import { jobLimits } from '../job-limits.js';
import type { HeldSlot } from '../slot-book.js';
import { Slots } from '../slots.js';
import { AskedHost } from './asked-host.js';
import type { Advanced, BeamContext, CaseContext, Ran } from './beam-context.js';
import { fateOfBeam } from './beam-fate.js';
import {
  awayWait,
  busyOrThrow,
  isOutOfReach,
  recordedError,
  saysOfBeam,
  usedUp,
  verdictOnBeam,
} from './beam-errors.js';
import { takeUpLostAttempt } from './lost-attempt.js';
import type { BeamEnd } from './simulation-outcome.js';
import { endLost, namesAt, recordJob, submitJob } from './submit-job.js';
import { tryTo } from './try-to.js';
import { WorkAhead } from './work-ahead.js';

/*
 * One beam: pending -> submitted -> executed -> converted, each move written before the next act, so that a service that
 * dies anywhere goes on here:
 *
 *   pending, no attempt open      a new attempt: its number is written first, then the job is started in its folder.
 *   pending, an attempt open      the service died between the two: the folder says whether a job was started; if none
 *                                 was, the attempt is closed.
 *   submitted                     the job is followed again, on the place it runs on; it is never submitted twice.
 *   executed                      the result on disk is judged again and converted.
 *
 * Who may write the beam's row: this, for the attempt it began or took over, and operators. The store refuses a writer
 * whose attempt or version is no longer current; then the row is read again and followed from where it now is.
 *
 * Two kinds of failure: of an attempt (engine, job, result), which is recorded with the beam and counted against
 * maxRetries; and of our own writing (`beam.lost-race`, a busy database), which says nothing of the job and is only
 * tried again.
 */

@Service()
export class BeamSimulation {
  readonly #retries: RetryPolicy;

  constructor(
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(Engine) private readonly engine: Engine,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
    @Inject(DoseMaker) private readonly doses: DoseMaker,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
    private readonly slots: Slots,
    private readonly ahead: WorkAhead,
  ) {
    this.#retries = retryPolicy(settings.processing);
  }

  /** Until the beam has its RT Dose or has failed for good. Rejects on abort, leaving its job running. */
  async bringToDose(kase: Case, beam: Beam, context: CaseContext): Promise<BeamEnd> {
    const asked = new AskedHost(this.scheduler, this.clock);
    try {
      return await this.#bring(kase, beam, {
        ...context,
        log: context.log.child({ beamNumber: beam.beamNumber }),
        asked,
      });
    } finally {
      asked.close();
    }
  }

  async #bring(kase: Case, beam: Beam, context: BeamContext): Promise<BeamEnd> {
    const { beamNumber } = beam;
    let at: Advanced = { beam };
    for (let troubles = 0; ;) {
      context.signal.throwIfAborted();
      try {
        const next = await this.#advance(kase, at, context);
        if ('how' in next) return next;
        at = next;
      } catch (thrown) {
        context.signal.throwIfAborted();
        const error = toCaseError(thrown);
        troubles += saysOfBeam(error) ? 1 : 0;
        const fate = verdictOnBeam(error, Math.max(1, troubles), this.#retries);
        if (fate.do !== 'retry') return { how: 'failed', beamNumber, error };
        context.log.warn('beam is looked at again', { code: error.code, delayMs: fate.inMs }, thrown);
        if (!saysOfBeam(error)) context.progress.noteWaiting(at.beam)(awayWait(error));
        await this.clock.sleep(error.code === 'beam.lost-race' ? 0 : fate.inMs, context.signal);
        at = { beam: await this.#reread(at.beam) };
      }
    }
  }

  #advance(kase: Case, { beam, result }: Advanced, context: BeamContext): Promise<Advanced | BeamEnd> {
    const { beamNumber } = beam;
    switch (beam.state) {
      case 'pending':
        return this.#start(kase, beam, context);
      case 'submitted':
        return this.#adopt(kase, beam, context);
      case 'executed':
        return this.#convert(kase, beam, result, context);
      case 'converted':
        return Promise.resolve({ how: 'converted', beamNumber });
      case 'failed':
      case 'cancelled':
        return Promise.resolve({ how: 'failed', beamNumber, error: recordedError(beam) });
    }
  }

  async #start(kase: Case, beam: Beam, context: BeamContext): Promise<Advanced | BeamEnd> {
    const { beams, cases, scheduler, folders, clock } = this;
    const place = (): string | null => this.slots.leasedTo(beam) ?? beam.resourceId;
    const stores = { beams, cases, scheduler, folders, clock };
    const found = await takeUpLostAttempt(stores, kase, beam, { place, log: context.log });
    const forget = context.progress.noteWaiting(beam).bind(null, null);
    if (found !== null) {
      forget();
      return { beam: found };
    }
    context.asked.queues(forget, context.signal);
    await this.clock.sleep(remainingMs(beam.notBefore, this.clock.now(), longestDelay(this.#retries)), context.signal);
    const left = { how: 'left', beamNumber: beam.beamNumber } as const;
    context.signal.throwIfAborted();
    if (context.held()) return left;
    // The place is given back as soon as the job has ended: judging, recording and converting do not need it.
    const run = async (slot: HeldSlot): Promise<Ran | Advanced | BeamEnd> =>
      (await this.#mayStart(kase, context)) ? this.#runAttempt(kase, beam, slot, context) : left;
    const ran = await this.slots.use(kase, beam, context.signal, run, this.ahead.of(kase, beam, context));
    return 'exit' in ran ? this.#judge(kase, ran, context) : ran;
  }

  /** As the case's row has it now: an order of an operator in another process counts before this one has heard of it. */
  async #mayStart({ id, state }: Case, { held }: BeamContext): Promise<boolean> {
    const now = held() ? null : await this.cases.get(id);
    return now !== null && now.heldBecause === null && now.state === state;
  }

  async #adopt(kase: Case, beam: Beam, context: BeamContext): Promise<Advanced | BeamEnd> {
    const ran = await this.slots.adopt(beam, (slot) => this.#follow(beam, slot, context));
    return this.#judge(kase, ran, context);
  }

  async #runAttempt(kase: Case, beam: Beam, slot: HeldSlot, context: BeamContext): Promise<Ran | Advanced | BeamEnd> {
    await context.asked.ready(slot.host); // no attempt for a host that takes no job now
    const startedAt = this.clock.now();
    const beginning = this.beams.beginAttempt(beam, kase.leaseOwner ?? 'service', startedAt);
    const leasing = slot.leased.then(() => null, busyOrThrow);
    const [begun, busy] = await Promise.all([beginning, leasing, context.begins?.(false)]);
    if (busy !== null) return this.#fail(begun, busy, context);
    context.progress.restart(begun);
    const request = { ...this.#request(kase, begun, slot.gpuUuids), ...namesAt(this.scheduler, slot.host) };
    const prepared = await tryTo(context.signal, () => this.engine.prepare(request));
    if (!prepared.ok) return this.#fail(begun, prepared.error, context);
    const submitted = await submitJob(this.scheduler, { ...prepared.value, host: slot.host });
    if (!submitted.ok) {
      context.signal.throwIfAborted();
      return this.#fail(begun, submitted.error, context);
    }
    const { value: job } = submitted;
    slot.runs(job);
    const change = { job, resourceId: slot.id, host: job.host, startedAt, finishedAt: null, notBefore: null };
    const running = await recordJob({ beams: this.beams, scheduler: this.scheduler }, begun, job, {
      event: 'submit',
      change,
      at: this.clock.now(),
    });
    context.log.info('job started', { attempt: begun.attempt, resource: slot.id, ...jobFields(job) });
    return this.#follow(running, slot, context);
  }

  /** Where the GPU goes out of service, whatever the job still does there is not waited for. */
  async #follow(beam: Beam, { lost, over }: HeldSlot, context: BeamContext): Promise<Ran> {
    const { job } = beam;
    if (job === null) throw bug('beam.no-job', `beam ${String(beam.beamNumber)} is submitted without a job`);
    const limits = jobLimits(this.settings);
    const progress = this.engine.readProgress();
    const onLine = (line: string): void => {
      const percent = progress(line);
      if (percent !== null) context.progress.note(beam, percent);
    };
    const either = AbortSignal.any([context.signal, lost]);
    const onWaiting = context.progress.noteWaiting(beam);
    const observer = { onLine, onWaiting, onOver: over };
    const exit = await tryTo(context.signal, () => this.scheduler.wait(job, limits, observer, either));
    if (!exit.ok && lost.aborted) await endLost(this.scheduler, job, context.log);
    return { beam, exit };
  }

  async #judge(kase: Case, { beam, exit }: Ran, context: BeamContext): Promise<Advanced | BeamEnd> {
    if (!exit.ok && isOutOfReach(exit.error)) return { how: 'failed', beamNumber: beam.beamNumber, error: exit.error };
    if (!exit.ok) return this.#fail(beam, exit.error, context);
    await this.slots.handedOver(context.signal);
    const judged = await tryTo(context.signal, () => this.engine.judge(this.#request(kase, beam, []), exit.value));
    if (!judged.ok) return this.#fail(beam, judged.error, context);
    const now = this.clock.now();
    const executed = await this.beams.move(beam, { event: 'execute', change: { progress: 100 }, at: now });
    context.progress.done(executed);
    context.log.info('beam executed', { attempt: beam.attempt, durationMs: now - (beam.startedAt ?? now) });
    return { beam: executed, result: judged.value };
  }

  async #convert(
    kase: Case,
    beam: Beam,
    judged: EngineResult | undefined,
    context: BeamContext,
  ): Promise<Advanced | BeamEnd> {
    const { beamNumber } = beam;
    const result = judged === undefined ? await tryTo(context.signal, () => this.#judgeAgain(kase, beam)) : null;
    if (result?.ok === false) return this.#fail(beam, result.error, context);
    const known = judged ?? result?.value;
    if (known === undefined) throw bug('beam.no-result', `beam ${String(beamNumber)} has no result`);
    const dose = await tryTo(context.signal, () =>
      this.doses.beamDose(kase, this.folders.planCopy(kase), beamNumber, known),
    );
    if (!dose.ok) {
      if (dose.error.severity !== 'permanent' && dose.error.severity !== 'input') throw dose.error;
      return this.#fail(beam, dose.error, context);
    }
    const at = this.clock.now();
    const resultPath = relative(this.folders.root, dose.value.path);
    const change = { resultPath, resultSha256: dose.value.sha256, finishedAt: at, error: null };
    return { beam: await this.beams.move(beam, { event: 'convert', change, at, outcome: 'done' }) };
  }

  /** After a restart the result is only believed as far as it still is what was judged. */
  async #judgeAgain(kase: Case, beam: Beam): Promise<EngineResult> {
    try {
      return await this.engine.judge(this.#request(kase, beam, []), { how: 'exited', code: 0 });
    } catch (thrown) {
      const error = toCaseError(thrown);
      if (error.code !== 'engine.bad-dose') throw error;
      throw transient('engine.lost', 'the result that was there is damaged or gone', { cause: error });
    }
  }

  /** Records that the attempt failed: the beam is set back for another, or has failed, or waits for a person. */
  async #fail(beam: Beam, failed: CaseError, { log }: BeamContext): Promise<Advanced | BeamEnd> {
    const { beamNumber } = beam;
    const attempts = await this.cases.attemptsOf(beam.caseId);
    const { verdict: fate, failures, error } = fateOfBeam(failed, beam, attempts, this.#retries);
    const at = this.clock.now();
    const failure = toFailure(error);
    const facts = { attempt: beam.attempt, code: error.code, severity: error.severity };
    if (fate.do === 'retry') {
      const change = { failures, notBefore: at + fate.inMs, finishedAt: at, error: failure };
      const reset = await this.beams.move(beam, { event: 'reset', change, at, outcome: 'retried', failure });
      log.warn('beam is tried again', { ...facts, delayMs: fate.inMs }, error);
      return { beam: reset };
    }
    if (fate.do === 'hold') {
      const change = { notBefore: null, finishedAt: at, error: failure };
      await this.beams.move(beam, { event: 'reset', change, at, outcome: 'held', failure });
      return { how: 'failed', beamNumber, error };
    }
    const final = error.severity === 'transient' ? usedUp(error, failures) : error;
    const outcome = fate.do === 'reject' ? 'rejected' : 'failed';
    const ended = toFailure(final);
    const change = { failures, notBefore: null, finishedAt: at, error: ended };
    await this.beams.move(beam, { event: 'fail', change, at, outcome, failure: ended });
    log.warn('beam failed', facts, error);
    return { how: 'failed', beamNumber, error: final };
  }

  #request(kase: Case, { beamNumber, attempt }: Beam, gpuUuids: readonly string[]): EngineRequest {
    return {
      folder: this.folders.attempt(kase, beamNumber, attempt),
      beamInputPath: this.folders.beamInput(kase, beamNumber),
      geometryPath: this.folders.geometry(kase, beamNumber),
      beamNumber,
      gpuUuids,
    };
  }

  async #reread({ id }: Beam): Promise<Beam> {
    const beam = await this.beams.get(id);
    if (beam === null) throw bug('beam.gone', `beam ${id} is no longer there`);
    return beam;
  }
}

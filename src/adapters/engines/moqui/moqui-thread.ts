import pLimit from 'p-limit';
import { Piscina } from 'piscina';
import { CaseError, transient } from '../../../domain/errors.js';
import type { MoquiDone, MoquiReply, MoquiTask } from './moqui-task.js';

/** Longer than most beams take, so that the next one finds the thread there. */
const IDLE_MS = 600_000;

/**
 * Does moqui's work with files in a thread: a beam of half a million spots would hold up the event loop for seconds. One
 * thread, which starts with the first beam, so that what it knows of a CT (its hash, whether it is being written) serves
 * all beams of the case.
 *
 * One task after the other, as each is soonest done by itself. Only what is made ahead goes on beside them, a slice of the
 * CT at a time: it takes seconds, and a beam of another case that has its place is not to wait for that.
 */
export class MoquiThread {
  readonly #thread: Piscina;
  readonly #due = pLimit(1);
  readonly #ahead = pLimit(1);

  /** @param worker the module whose `runMoquiTask` answers */
  constructor(worker: URL) {
    const threads = { minThreads: 0, maxThreads: 1, idleTimeout: IDLE_MS };
    this.#thread = new Piscina({ filename: worker.href, ...threads, concurrentTasksPerWorker: 2 });
  }

  run(task: MoquiTask): Promise<MoquiDone> {
    const turn = task.do === 'ahead' ? this.#ahead : this.#due;
    return turn(() => this.#run(task));
  }

  async #run(task: MoquiTask): Promise<MoquiDone> {
    let reply: MoquiReply;
    try {
      reply = (await this.#thread.run(task, { name: 'runMoquiTask' })) as MoquiReply;
    } catch (cause) {
      throw transient('engine.thread-lost', 'the thread that reads and writes for the engine ended unexpectedly', {
        cause,
      });
    }
    if ('result' in reply) return reply.result;
    const { severity, code, message, remedy } = reply.failure;
    throw new CaseError(severity, code, message, { remedy, repeats: reply.repeats, cause: reply.cause });
  }
}

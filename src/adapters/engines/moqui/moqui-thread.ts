import { Piscina } from 'piscina';
import { CaseError, transient } from '../../../domain/errors.js';
import type { MoquiDone, MoquiReply, MoquiTask } from './moqui-task.js';

/** Longer than most beams take, so that the next one finds the thread there. */
const IDLE_MS = 600_000;

/**
 * Does moqui's work with files in a thread: a beam of half a million spots would hold up the event loop for seconds. One
 * thread, so that two beams of a case never write its CT at once; it starts with the first beam.
 */
export class MoquiThread {
  readonly #thread: Piscina;

  /** @param worker the module whose `runMoquiTask` answers */
  constructor(worker: URL) {
    this.#thread = new Piscina({ filename: worker.href, minThreads: 0, maxThreads: 1, idleTimeout: IDLE_MS });
  }

  async run(task: MoquiTask): Promise<MoquiDone> {
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
    throw new CaseError(severity, code, message, { remedy, cause: reply.cause });
  }
}

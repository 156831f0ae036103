import { Piscina } from 'piscina';
import type { DoseComparison, GammaCriteria } from '../../../domain/dose-comparison.js';
import { CaseError, transient } from '../../../domain/errors.js';
import type { DoseComparer } from '../../../ports/dose-comparer.js';
import type { CompareReply, CompareTask } from './compare.worker.js';

/** Compares in a worker thread, which starts with the first comparison and ends when idle. */
export class DicomDoseComparer implements DoseComparer {
  readonly #workers = new Piscina({
    filename: new URL('./compare.worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 1_000,
  });

  async compare(
    reference: string,
    evaluated: string,
    criteria: GammaCriteria,
    signal: AbortSignal,
  ): Promise<DoseComparison> {
    const task: CompareTask = { reference, evaluated, criteria };
    let reply: CompareReply;
    try {
      reply = (await this.#workers.run(task, { name: 'compareDoses', signal })) as CompareReply;
    } catch (cause) {
      signal.throwIfAborted();
      throw transient('dose.thread-lost', 'the thread that compares doses ended unexpectedly', { cause });
    }
    if ('comparison' in reply) return reply.comparison;
    const { severity, code, message, remedy } = reply.failure;
    throw new CaseError(severity, code, message, { remedy, cause: reply.cause });
  }
}

import { Piscina } from 'piscina';
import { CaseError, transient } from '../../../domain/errors.js';
import type { Deidentifier, DoseIdentity, Replacements } from '../../../ports/deidentifier.js';
import type { Reply, WriteTask } from './deidentify.worker.js';

/** De-identifies in a worker thread, which starts with the first object and ends when idle. */
export class DicomDeidentifier implements Deidentifier {
  readonly #workers = new Piscina({
    filename: new URL('./deidentify.worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 30_000,
  });

  identityOf(path: string): Promise<DoseIdentity> {
    return this.#run<DoseIdentity>(path, 'identity');
  }

  write(path: string, target: string, replacements: Replacements): ReturnType<Deidentifier['write']> {
    const task: WriteTask = { path, target, replacements };
    return this.#run(task, 'write');
  }

  async #run<T>(task: string | WriteTask, name: 'identity' | 'write'): Promise<T> {
    let reply: Reply<T>;
    try {
      reply = (await this.#workers.run(task, { name })) as Reply<T>;
    } catch (cause) {
      throw transient('deidentify.thread-lost', 'the thread that de-identifies doses ended unexpectedly', { cause });
    }
    if ('value' in reply) return reply.value;
    const { severity, code, message, remedy } = reply.failure;
    throw new CaseError(severity, code, message, { remedy, cause: reply.cause });
  }
}

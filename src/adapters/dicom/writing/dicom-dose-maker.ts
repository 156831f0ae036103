import { readFile } from 'node:fs/promises';
import { Piscina } from 'piscina';
import { parseAcceptedCase } from '../../../domain/accepted-case.js';
import type { Case } from '../../../domain/case.js';
import { sourceRemarks } from '../../../domain/delivery-remarks.js';
import { CaseError, transient } from '../../../domain/errors.js';
import type { Folders } from '../../../domain/folders.js';
import { diskError } from '../../../files/disk-error.js';
import { systemCode } from '../../../files/system-code.js';
import type { DoseMaker, MadeDose } from '../../../ports/dose-maker.js';
import type { EngineResult } from '../../../ports/engine.js';
import type { DoseReply, DoseTask } from './dose-task.js';

export interface DicomDoseMakerOptions {
  readonly folders: Folders;
  /** Written as SoftwareVersions. */
  readonly softwareVersion: string;
  /** Doses written at the same time. */
  readonly threads?: number;
}

/**
 * RT Dose as docs/rt-dose.md says, made in worker threads that start with the first dose and end when idle.
 *
 * Two calls for one place (an attempt given up, and the one after it) would write one part file: they are queued here,
 * by place. Other processes do not write there: the root's instance lock sees to that.
 */
export class DicomDoseMaker implements DoseMaker {
  readonly #workers: Piscina;
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(private readonly options: DicomDoseMakerOptions) {
    this.#workers = new Piscina({
      filename: new URL('./dose.worker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: options.threads ?? 2,
      idleTimeout: 30_000,
    });
  }

  beamDose(
    kase: Pick<Case, 'id' | 'run'>,
    planPath: string,
    beamNumber: number,
    result: EngineResult,
  ): Promise<MadeDose> {
    const { folders, softwareVersion } = this.options;
    const target = folders.beamDose(kase, beamNumber);
    const geometryPath = folders.geometry(kase, beamNumber);
    const { id: caseId, run } = kase;
    return this.#after(target, async () => {
      const remarks = [...(await sourceOf(folders.inventory(kase))), ...result.remarks];
      const said = { ...result, remarks };
      return this.#run({
        do: 'beam',
        caseId,
        run,
        planPath,
        target,
        softwareVersion,
        beamNumber,
        geometryPath,
        result: said,
      });
    });
  }

  planDose(kase: Pick<Case, 'id' | 'run'>, planPath: string, beams: readonly MadeDose[]): Promise<MadeDose> {
    const { folders, softwareVersion } = this.options;
    const target = folders.planDose(kase);
    const { id: caseId, run } = kase;
    return this.#after(target, () => this.#run({ do: 'plan', caseId, run, planPath, target, softwareVersion, beams }));
  }

  read(path: string, beamNumber: number | null): Promise<MadeDose> {
    return this.#run({ do: 'read', path, beamNumber });
  }

  #after(target: string, work: () => Promise<MadeDose>): Promise<MadeDose> {
    const before = this.#last.get(target) ?? Promise.resolve();
    const result = before.then(work, work);
    this.#last.set(target, result);
    const forget = (): void => {
      if (this.#last.get(target) === result) this.#last.delete(target);
    };
    result.then(forget, forget);
    return result;
  }

  async #run(task: DoseTask): Promise<MadeDose> {
    let reply: DoseReply;
    try {
      reply = (await this.#workers.run(task, { name: 'runDoseTask' })) as DoseReply;
    } catch (cause) {
      throw transient('dose.thread-lost', 'the thread that reads and writes doses ended unexpectedly', { cause });
    }
    if ('dose' in reply) return reply.dose;
    const { severity, code, message, remedy } = reply.failure;
    throw new CaseError(severity, code, message, { remedy, cause: reply.cause });
  }
}

/** Plan or delivery logs, as validation wrote it down. A dose that belongs to no validated case says nothing of it. */
async function sourceOf(inventoryPath: string): Promise<readonly string[]> {
  try {
    return sourceRemarks(parseAcceptedCase(await readFile(inventoryPath, 'utf8')));
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw diskError(thrown);
  }
}

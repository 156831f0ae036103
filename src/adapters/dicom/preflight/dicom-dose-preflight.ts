import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { Beam } from '../../../domain/beam.js';
import type { Case } from '../../../domain/case.js';
import { CaseError, transient } from '../../../domain/errors.js';
import type { Folders } from '../../../domain/folders.js';
import type { DosePreflight, PreflightFinding } from '../../../ports/dose-preflight.js';
import type { PreflightReply, PreflightTask } from './preflight-task.js';

export interface DicomDosePreflightOptions {
  readonly folders: Folders;
  /** Name of the MetaImage that the engine leaves in the folder of an attempt. */
  readonly resultName: string;
  /** Cases looked at at the same time; by default one. */
  readonly threads?: number;
}

/** Cases whose objects were seen to be right lately. */
const REMEMBERED = 100;

/**
 * The preflight in a worker thread. The step that delivers is repeated while a target is away: objects that passed are not
 * read again by this process as long as no file that was read has changed (inode, size, and the times of content and inode).
 */
export class DicomDosePreflight implements DosePreflight {
  readonly #workers: Piscina;
  /** Stamp of the files by case id, in order of use. */
  readonly #passed = new Map<string, string>();

  constructor(private readonly options: DicomDosePreflightOptions) {
    this.#workers = new Piscina({
      filename: new URL('./preflight.worker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: options.threads ?? 1,
      idleTimeout: 30_000,
    });
  }

  async check(
    kase: Pick<Case, 'id' | 'run' | 'planSopInstanceUid'>,
    beams: readonly Pick<Beam, 'beamNumber' | 'attempt'>[],
    signal: AbortSignal,
  ): Promise<readonly PreflightFinding[]> {
    signal.throwIfAborted();
    const task = this.#taskOf(kase, beams);
    const stamp = await stampOf(task);
    if (this.#passed.get(kase.id) === stamp) return nothingWrong(task);
    const findings = await this.#run(task, signal);
    this.#passed.delete(kase.id);
    // A stamp taken before the reading: what changed meanwhile makes it differ the next time.
    if (findings.every(({ failures }) => failures.length === 0)) this.#remember(kase.id, stamp);
    return findings;
  }

  #taskOf(
    kase: Pick<Case, 'id' | 'run' | 'planSopInstanceUid'>,
    beams: readonly Pick<Beam, 'beamNumber' | 'attempt'>[],
  ): PreflightTask {
    const { folders, resultName } = this.options;
    return {
      planPath: folders.planCopy(kase),
      planSopInstanceUid: kase.planSopInstanceUid,
      planDosePath: folders.planDose(kase),
      cleaned: existsSync(folders.cleaned(kase)),
      beams: beams.map(({ beamNumber, attempt }) => ({
        beamNumber,
        dosePath: folders.beamDose(kase, beamNumber),
        geometryPath: folders.geometry(kase, beamNumber),
        enginePath: join(folders.attempt(kase, beamNumber, attempt), resultName),
      })),
    };
  }

  async #run(task: PreflightTask, signal: AbortSignal): Promise<readonly PreflightFinding[]> {
    let reply: PreflightReply;
    try {
      reply = (await this.#workers.run(task, { name: 'runPreflight', signal })) as PreflightReply;
    } catch (cause) {
      signal.throwIfAborted();
      throw transient('preflight.thread-lost', 'the thread that looks at doses ended unexpectedly', { cause });
    }
    if ('findings' in reply) return reply.findings;
    const { severity, code, message, remedy } = reply.failure;
    throw new CaseError(severity, code, message, { remedy, cause: reply.cause });
  }

  #remember(id: string, stamp: string): void {
    this.#passed.set(id, stamp);
    const [oldest] = this.#passed.keys();
    if (this.#passed.size > REMEMBERED && oldest !== undefined) this.#passed.delete(oldest);
  }
}

const nothingWrong = ({ beams, planDosePath }: PreflightTask): readonly PreflightFinding[] => [
  ...beams.map(({ beamNumber, dosePath }) => ({ beamNumber, path: dosePath, failures: [] })),
  { beamNumber: null, path: planDosePath, failures: [] },
];

/** Differs whenever one of the files does; files that are not there have no stamp. */
async function stampOf({ planPath, planDosePath, beams, cleaned }: PreflightTask): Promise<string> {
  const ours = beams.flatMap(({ dosePath, geometryPath, enginePath }) => [dosePath, geometryPath, enginePath]);
  const stamps = await Promise.all(
    [planPath, planDosePath, ...ours].map(async (path) => {
      const found = await stat(path, { bigint: true }).catch(() => null);
      return found === null ? '' : [found.ino, found.size, found.mtimeNs, found.ctimeNs].join('.');
    }),
  );
  return [String(cleaned), ...stamps].join('|');
}

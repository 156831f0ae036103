import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Service } from 'typedi';
import type { Folders } from '../../domain/folders.js';
import { systemCode } from '../../files/system-code.js';
import { Clock } from '../../ports/clock.js';
import { Logger } from '../../ports/logger.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { WorkflowManager } from '../workflow-manager.js';

const CASES_EACH_TIME = 50;
/** Engines outlive services: what they write in the folders of attempts is theirs. */
const OF_ENGINES = /^attempt-\d+$/;

/**
 * Half-written files and folders below `work/`: what ends with `.part` and a service before this one left when it died.
 * Only what is older than this process, whose writer is gone for certain, of cases no step of ours works on; folders of
 * attempts are left alone, for an engine may live that writes there. Every case is looked through once; what this process
 * leaves is for the next.
 */
@Service()
export class RemovePartFiles {
  readonly #ownSince: number;
  #left: string[] | null = null;

  constructor(
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    private readonly manager: WorkflowManager,
  ) {
    this.#ownSince = clock.now();
  }

  /** The number of files removed. */
  async repair(): Promise<number> {
    const work = join(this.folders.root, 'work');
    this.#left ??= [...(await entries(work))].map(({ name }) => name);
    let count = 0;
    for (const caseId of this.#left.splice(0, CASES_EACH_TIME)) {
      if (this.manager.runs(caseId)) this.#left.push(caseId);
      else count += await this.#clean(join(work, caseId), 3);
    }
    if (count > 0) this.log.info('half-written files removed', { files: count });
    return count;
  }

  /** @param levels of folders below this one: runs, and what lies in them */
  async #clean(folder: string, levels: number): Promise<number> {
    let count = 0;
    for (const entry of await entries(folder)) {
      const path = join(folder, entry.name);
      if (entry.name.endsWith('.part')) count += await this.#remove(path);
      else if (entry.isDirectory() && levels > 0 && !OF_ENGINES.test(entry.name))
        count += await this.#clean(path, levels - 1);
    }
    return count;
  }

  /** A file, or a folder that was to get its name once it was full. */
  async #remove(path: string): Promise<number> {
    if (!(await this.#isOld(path))) return 0;
    await rm(path, { recursive: true, force: true });
    return 1;
  }

  async #isOld(path: string): Promise<boolean> {
    try {
      return (await stat(path)).mtimeMs < this.#ownSince;
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return false; // it has got its name meanwhile
      throw thrown;
    }
  }
}

async function entries(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return []; // no case yet, or cleared away meanwhile
    throw thrown;
  }
}

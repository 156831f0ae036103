import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Service } from 'typedi';
import type { Beam } from '../../domain/beam.js';
import { CaseError } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { systemCode } from '../../files/system-code.js';
import { BeamStore } from '../../ports/beam-store.js';
import { CaseStore } from '../../ports/case-store.js';
import { Clock } from '../../ports/clock.js';
import { DoseMaker } from '../../ports/dose-maker.js';
import { Logger } from '../../ports/logger.js';
import { LooseEnds, type UndeliveredBeam } from '../../ports/loose-ends.js';
import { Nudge } from '../../ports/nudge.js';
import { WorkFolders } from '../../ports/work-folders.js';

const ROWS = 500;
/** Each is read through: hundreds of MiB at times. */
const FILES_READ_EACH_TIME = 4;
/** The case is left alone this long, until its beam is set back too. */
const APART_MS = 5_000;
/** A disk that loses file after file is not calculated against for ever: then the case fails, for a person to look. */
const MOST_ATTEMPTS = 5;

/**
 * Rows without a file: a converted beam whose RT Dose is gone, or is not the one that was recorded (a disk restored from
 * a backup, files deleted by hand). As long as nothing of the case was sent anywhere, the beam is calculated again; once
 * something was, a person must decide, and the steps say so (`dose.damaged`). A step may well be first to meet the file, and
 * fail its case for it: that case is set going again in the same way.
 *
 * Two guarded writes. First the case goes back to `interpreted`, not due for 5 s, by the version that was read: whoever
 * claimed it meanwhile wins, and nothing is done. Then the beam is reopened, by its version. A crash between the two
 * leaves a case whose beam still counts as converted: it comes to `simulated` again without calculating, and here again.
 */
@Service()
export class RemakeLostDoses {
  /** Size and time of files that were found sound, by beam and version: read again only when these change. */
  readonly #sound = new Map<string, string>();

  constructor(
    @Inject(LooseEnds) private readonly ends: LooseEnds,
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(DoseMaker) private readonly doses: DoseMaker,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Nudge) private readonly manager: Nudge,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** The number of beams set back. */
  async repair(): Promise<number> {
    let read = 0;
    let setBack = 0;
    for (const found of await this.ends.undelivered(ROWS)) {
      const { beam } = found;
      if (beam.attempt >= MOST_ATTEMPTS) continue;
      const key = `${beam.id}@${String(beam.version)}`;
      const looks = await this.#looks(beam);
      if (looks !== null && this.#sound.get(key) === looks) continue;
      if (looks !== null && ++read > FILES_READ_EACH_TIME) continue;
      if (looks !== null && (await this.#isSound(beam))) this.#sound.set(key, looks);
      else if (await this.#setBack(found)) setBack += 1;
    }
    return setBack;
  }

  /** Size and time of the file; null when there is none. A disk that cannot be asked now says nothing: it throws. */
  async #looks({ resultPath }: Beam): Promise<string | null> {
    try {
      const { size, mtimeMs } = await stat(join(this.folders.root, resultPath ?? ''));
      return `${String(size)} ${String(mtimeMs)}`;
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return null;
      throw thrown;
    }
  }

  async #isSound({ resultPath, resultSha256, beamNumber }: Beam): Promise<boolean> {
    try {
      const dose = await this.doses.read(join(this.folders.root, resultPath ?? ''), beamNumber);
      return resultSha256 === null || dose.sha256 === resultSha256;
    } catch (thrown) {
      if (thrown instanceof CaseError && thrown.code === 'dose.damaged') return false;
      throw thrown;
    }
  }

  async #setBack({ kase, beam }: UndeliveredBeam): Promise<boolean> {
    const at = this.clock.now();
    const reason = `the dose of beam ${String(beam.beamNumber)} is gone or damaged: it is calculated again`;
    const ended = { endedFrom: null, finishedAt: null, error: null };
    const change = { ...ended, state: 'interpreted', notBefore: at + APART_MS, attempt: 0 } as const;
    const transition = { event: 'retry', to: 'interpreted', reason, actor: 'service' } as const;
    try {
      await this.cases.commit(kase, { change, transition, at });
      const again = { resultPath: null, resultSha256: null, job: null, finishedAt: null, progress: 0 };
      await this.beams.move(beam, { event: 'reopen', change: again, at });
    } catch (thrown) {
      if (thrown instanceof CaseError && thrown.code.endsWith('.lost-race')) return false; // at work again: next time
      throw thrown;
    }
    const { caseId, beamNumber } = beam;
    this.log.child({ caseId, run: kase.run }).warn('dose gone or damaged, calculated again', { beamNumber });
    this.manager.nudge();
    return true;
  }
}

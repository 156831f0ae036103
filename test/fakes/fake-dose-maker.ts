import type { Case } from '../../src/domain/case.js';
import { permanent } from '../../src/domain/errors.js';
import type { Folders } from '../../src/domain/folders.js';
import type { DoseMaker, MadeDose } from '../../src/ports/dose-maker.js';
import type { EngineResult } from '../../src/ports/engine.js';

/**
 * Doses in memory, by path: identity from case, run and beam, hash from those and the maximum, so that the same result
 * gives the same dose. `folders` says where they would lie.
 */
export class FakeDoseMaker implements DoseMaker {
  readonly made = new Map<string, MadeDose>();
  /** Beam numbers summed by each call of `planDose`. */
  readonly sums: (readonly (number | null)[])[] = [];

  constructor(private readonly folders: Folders) {}

  beamDose(
    kase: Pick<Case, 'id' | 'run'>,
    _planPath: string,
    beamNumber: number,
    result: EngineResult,
  ): Promise<MadeDose> {
    return this.#make(kase, this.folders.beamDose(kase, beamNumber), beamNumber, String(result.maxGy));
  }

  planDose(kase: Pick<Case, 'id' | 'run'>, _planPath: string, beams: readonly MadeDose[]): Promise<MadeDose> {
    this.sums.push(beams.map((beam) => beam.beamNumber));
    return this.#make(kase, this.folders.planDose(kase), null, beams.map((beam) => beam.sha256).join());
  }

  read(path: string, beamNumber: number | null): Promise<MadeDose> {
    const dose = this.made.get(path);
    if (dose?.beamNumber !== beamNumber) return Promise.reject(permanent('dose.damaged', 'no dose was made there'));
    return Promise.resolve(dose);
  }

  #make(
    { id, run }: Pick<Case, 'id' | 'run'>,
    path: string,
    beamNumber: number | null,
    content: string,
  ): Promise<MadeDose> {
    const sopInstanceUid = `2.25.${id}.${String(run)}.${String(beamNumber ?? 'plan')}`;
    const dose = { path, sopInstanceUid, sha256: `sha256 of ${sopInstanceUid}: ${content}`, bytes: 1000, beamNumber };
    this.made.set(path, dose);
    return Promise.resolve(dose);
  }
}

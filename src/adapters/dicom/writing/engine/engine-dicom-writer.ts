import type { BeamInput } from '../../../../domain/beam-input.js';
import { diskError } from '../../../../files/disk-error.js';
import { writeWholeFile } from '../../../../files/whole-file.js';
import type { CtVolume, EngineDicom } from '../../../../ports/engine-dicom.js';

/** The DICOM library is loaded with the first file that is written. */
export class EngineDicomWriter implements EngineDicom {
  async writePlan(path: string, beam: BeamInput, frameOfReferenceUid: string): Promise<void> {
    const [{ encodeFile }, { singleBeamPlan }] = await Promise.all([
      import('../data-set.js'),
      import('./single-beam-plan.js'),
    ]);
    const bytes = encodeFile(singleBeamPlan(beam, frameOfReferenceUid));
    await writeWholeFile(path, bytes).catch((thrown: unknown) => {
      throw diskError(thrown);
    });
  }

  async writeCt(folder: string, ct: CtVolume): Promise<readonly string[]> {
    const { writeCtSeries } = await import('./engine-ct.js');
    return writeCtSeries(folder, ct);
  }
}

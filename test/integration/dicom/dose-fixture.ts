import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DicomDoseMaker } from '../../../src/adapters/dicom/writing/dicom-dose-maker.js';
import { SyntheticCaseMaker } from '../../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { CaseError } from '../../../src/domain/errors.js';
import { Folders } from '../../../src/domain/folders.js';
import type { Grid } from '../../../src/domain/grid.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { anEngineResult } from '../../builders/an-engine-result.js';
import { pydicom } from '../../dicom-tools.js';

export const GRID: Grid = { originMm: [-12.25, -30.5, 4.1], spacingMm: [2, 2.5, 3], size: [5, 4, 6] };
export const KASE = { id: 'c0ffee', run: 2 };
/** When the engine's file was written. */
export const CALCULATED_AT_S = 1_780_000_000;

const READ = `
import array
d = pydicom.dcmread(sys.argv[1])
px = array.array('I'); px.frombytes(d.PixelData)
ref = d.ReferencedRTPlanSequence[0]
group = ref.get('ReferencedFractionGroupSequence')
print(json.dumps({'gy': [v * float(d.DoseGridScaling) for v in px], 'max': max(px), 'scaling': str(d.DoseGridScaling.original_string if hasattr(d.DoseGridScaling, 'original_string') else d.DoseGridScaling),
 'size': [d.Columns, d.Rows, int(d.NumberOfFrames)], 'position': [float(v) for v in d.ImagePositionPatient], 'orientation': [float(v) for v in d.ImageOrientationPatient],
 'spacing': [float(v) for v in d.PixelSpacing], 'offsets': [float(v) for v in d.GridFrameOffsetVector], 'type': d.DoseType, 'units': d.DoseUnits, 'summation': d.DoseSummationType,
 'comment': d.DoseComment, 'text': d.ImageComments, 'plan': ref.ReferencedSOPInstanceUID, 'planClass': ref.ReferencedSOPClassUID,
 'beam': None if group is None else int(group[0].ReferencedBeamSequence[0].ReferencedBeamNumber), 'group': None if group is None else int(group[0].ReferencedFractionGroupNumber),
 'study': d.StudyInstanceUID, 'frame': d.FrameOfReferenceUID, 'name': str(d.PatientName), 'id': d.PatientID, 'sex': d.PatientSex, 'birth': d.PatientBirthDate, 'date': d.ContentDate, 'time': d.ContentTime, 'zone': d.TimezoneOffsetFromUTC,
 'operators': str(d.OperatorsName), 'bits': [d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation], 'uid': d.SOPInstanceUID, 'metaUid': d.file_meta.MediaStorageSOPInstanceUID}))
`;
/** What pydicom finds. */
export interface ReadDose {
  readonly gy: number[];
  readonly [key: string]: unknown;
}

/** A root with the plan of a synthetic case in it, and a dose maker on it. */
export class DoseFixture {
  private constructor(
    readonly folders: Folders,
    readonly maker: DicomDoseMaker,
  ) {}

  static async make(temp: string): Promise<DoseFixture> {
    const folders = new Folders(join(temp, 'root'), join(temp, 'inbox'));
    const wanted = { beams: 3, layers: 1, spotsPerLayer: 1, withCt: false, withDeliveryLogs: false, seed: 1 };
    await new SyntheticCaseMaker().make(join(temp, 'case'), wanted);
    mkdirSync(dirname(folders.planCopy(KASE)), { recursive: true });
    writeFileSync(folders.planCopy(KASE), readFileSync(join(temp, 'case', 'RN.dcm')));
    return new DoseFixture(folders, new DicomDoseMaker({ folders, softwareVersion: '0.1.0' }));
  }

  get planCopy(): string {
    return this.folders.planCopy(KASE);
  }

  enginePath(beam: number): string {
    return join(this.folders.attempt(KASE, beam, 1), 'dose.mha');
  }

  geometry(beam: number, kind: 'ct' | 'water-phantom', frameOfReferenceUid: string, doseGrid = GRID): void {
    mkdirSync(this.folders.beam(KASE, beam), { recursive: true });
    writeFileSync(this.folders.geometry(KASE, beam), JSON.stringify({ kind, frameOfReferenceUid, doseGrid }));
  }

  /** Writes geometry and engine dose of a beam and has its RT Dose made. */
  beam(
    beam: number,
    doseGy: (index: number) => number,
    remarks: readonly string[] = [],
    grid = GRID,
  ): Promise<MadeDose> {
    this.geometry(beam, 'ct', '1.2.3.4', grid);
    const result = anEngineResult(this.enginePath(beam), grid, doseGy, remarks);
    utimesSync(result.path, CALCULATED_AT_S, CALCULATED_AT_S);
    return this.maker.beamDose(KASE, this.planCopy, beam, result);
  }

  read(file: string): Promise<ReadDose> {
    return pydicom(READ, file) as Promise<ReadDose>;
  }
}

/** Severity and code of the CaseError that the work ends with. */
export async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CaseError) return `${error.severity} ${error.code}`;
    throw error;
  }
  return 'no failure';
}

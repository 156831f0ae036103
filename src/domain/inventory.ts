import type { Vec3 } from './vector.js';

/** What a case folder holds, from headers alone. Paths are relative to the case folder, `/` between segments. */
export interface Inventory {
  readonly ionPlans: readonly PlanFile[];
  /** RT Plans that are not ion plans (photon, electron). */
  readonly otherPlans: readonly PlanFile[];
  readonly ctSlices: readonly CtSlice[];
  readonly structureSets: readonly StructureSetFile[];
  /** RT Dose of the planning system, and every DICOM object of another kind. */
  readonly otherObjects: readonly { readonly path: string; readonly sopClassUid: string }[];
  /** DICOMDIR files: they only list the others. */
  readonly directories: readonly string[];
  readonly notDicom: readonly string[];
  /** DICOM files (or links, or files we may not read) that could not be read, with the reason in words. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  readonly files: number;
  readonly bytes: number;
  /** Size and modification time of every file as it was when its header was read, as text, by path. */
  readonly stamps: ReadonlyMap<string, string>;
}

interface DicomFile {
  readonly path: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly frameOfReferenceUid: string | null;
  readonly patientId: string;
}

export type PlanFile = DicomFile;

export interface CtSlice extends DicomFile {
  readonly seriesInstanceUid: string;
  readonly rows: number;
  readonly columns: number;
  /** PixelSpacing: between rows (y), between columns (x). */
  readonly pixelSpacingMm: readonly [number, number];
  readonly positionMm: Vec3;
  /** ImageOrientationPatient: row direction, column direction. */
  readonly orientation: readonly number[];
  readonly patientPosition: string | null;
  readonly instanceNumber: number | null;
}

export interface StructureSetFile extends DicomFile {
  /** The series it was drawn on, with the SOP instance UIDs of their planes. */
  readonly referencedSeries: readonly { readonly seriesInstanceUid: string; readonly planes: readonly string[] }[];
}

/** All files of the folder, whatever they are. */
export function filesOf(inventory: Inventory): readonly string[] {
  const { ionPlans, otherPlans, ctSlices, structureSets, otherObjects, directories, notDicom, unreadable } = inventory;
  const described = [ionPlans, otherPlans, ctSlices, structureSets, otherObjects, unreadable].flat();
  return [...described.map(({ path }) => path), ...directories, ...notDicom];
}

import { CT_IMAGE, RT_STRUCTURE_SET } from '../sop-classes.js';
import type { DataSet } from '../data-set.js';
import { commonElements, SYNTHETIC_DATE, SYNTHETIC_TIME } from './common-elements.js';
import type { Phantom } from './phantom.js';

/** Study reference of a structure set (retired detached study management, still what RT readers expect). */
const DETACHED_STUDY = '1.2.840.10008.3.1.2.3.1';

/** BODY (the water box) and TARGET (a sphere at the isocentre); names every slice of the CT. */
export function structureSet(phantom: Phantom): DataSet {
  const { uids } = phantom;
  return {
    ...commonElements(phantom, 'RTSTRUCT', `${uids.structures}.1`, 2),
    SOPClassUID: RT_STRUCTURE_SET,
    SOPInstanceUID: uids.structures,
    StructureSetLabel: 'SYNTHETIC',
    StructureSetDate: SYNTHETIC_DATE,
    StructureSetTime: SYNTHETIC_TIME,
    ReferencedFrameOfReferenceSequence: [frameOfReference(phantom)],
    StructureSetROISequence: [roi(phantom, 1, 'BODY'), roi(phantom, 2, 'TARGET')],
    ROIContourSequence: [
      { ROIDisplayColor: [0, 200, 0], ReferencedROINumber: 1, ContourSequence: contours(phantom, bodyContour) },
      { ROIDisplayColor: [255, 0, 0], ReferencedROINumber: 2, ContourSequence: contours(phantom, targetContour) },
    ],
    RTROIObservationsSequence: [observation(1, 'EXTERNAL'), observation(2, 'PTV')],
    ApprovalStatus: 'UNAPPROVED',
  };
}

function frameOfReference({ uids, grid }: Phantom): DataSet {
  const slices = Array.from({ length: grid.size[2] }, (_, index) => sliceReference(uids.slice(index)));
  return {
    FrameOfReferenceUID: uids.frameOfReference,
    RTReferencedStudySequence: [
      {
        ReferencedSOPClassUID: DETACHED_STUDY,
        ReferencedSOPInstanceUID: uids.study,
        RTReferencedSeriesSequence: [{ SeriesInstanceUID: uids.ctSeries, ContourImageSequence: slices }],
      },
    ],
  };
}

const sliceReference = (uid: string): DataSet => ({ ReferencedSOPClassUID: CT_IMAGE, ReferencedSOPInstanceUID: uid });

const roi = ({ uids }: Phantom, number: number, name: string): DataSet => ({
  ROINumber: number,
  ReferencedFrameOfReferenceUID: uids.frameOfReference,
  ROIName: name,
  ROIGenerationAlgorithm: 'AUTOMATIC',
});

const observation = (number: number, type: string): DataSet => ({
  ObservationNumber: number,
  ReferencedROINumber: number,
  RTROIInterpretedType: type,
  ROIInterpreter: null,
});

type Outline = (phantom: Phantom, zMm: number) => readonly (readonly [number, number])[];

/** One closed contour for each slice the structure cuts. */
function contours(phantom: Phantom, outline: Outline): readonly DataSet[] {
  const { size, spacingMm, originMm } = phantom.grid;
  const all = Array.from({ length: size[2] }, (_, index): DataSet | null => {
    const zMm = originMm[2] + index * spacingMm[2];
    const points = outline(phantom, zMm);
    if (points.length === 0) return null;
    return {
      ContourImageSequence: [sliceReference(phantom.uids.slice(index))],
      ContourGeometricType: 'CLOSED_PLANAR',
      NumberOfContourPoints: points.length,
      ContourData: points.flatMap(([x, y]) => [x, y, zMm]),
    };
  });
  return all.filter((contour) => contour !== null);
}

function bodyContour({ waterMinMm: min, waterMaxMm: max }: Phantom, zMm: number): ReturnType<Outline> {
  if (zMm <= min[2] || zMm >= max[2]) return [];
  return [
    [min[0], min[1]],
    [max[0], min[1]],
    [max[0], max[1]],
    [min[0], max[1]],
  ];
}

function targetContour({ isocentreMm: [x, y, z], targetRadiusMm }: Phantom, zMm: number): ReturnType<Outline> {
  const radius = Math.sqrt(Math.max(0, targetRadiusMm ** 2 - (zMm - z) ** 2));
  if (radius === 0) return [];
  const round = (mm: number): number => Number(mm.toFixed(3));
  return Array.from({ length: 32 }, (_, point) => {
    const angle = (2 * Math.PI * point) / 32;
    return [round(x + radius * Math.cos(angle)), round(y + radius * Math.sin(angle))] as const;
  });
}

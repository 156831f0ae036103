import type { DicomDataSet } from '../reading/data-set.js';
import { TAG } from '../reading/tags.js';
import { readPlanDataSet } from '../writing/plan-header.js';
import { rawValue } from './object-header.js';

/** What the case's copy of the plan says, read for this check. */
export interface PlanFacts {
  readonly sopClassUid: string | null;
  readonly sopInstanceUid: string | null;
  readonly studyInstanceUid: string | null;
  readonly frameOfReferenceUid: string | null;
  /** Number of each fraction group, by the beams that it names. */
  readonly groupOfBeam: ReadonlyMap<number, number>;
  /** A value as its bytes stand in the plan, without padding. */
  readonly raw: (tag: string) => string;
}

/** @throws permanent `dose.plan-unreadable` */
export async function readPlanFacts(path: string): Promise<PlanFacts> {
  const { dataSet, bytes } = await readPlanDataSet(path);
  return {
    sopClassUid: dataSet.string(TAG.sopClassUid),
    sopInstanceUid: dataSet.string(TAG.sopInstanceUid),
    studyInstanceUid: dataSet.string(TAG.studyInstanceUid),
    frameOfReferenceUid: dataSet.string(TAG.frameOfReferenceUid),
    groupOfBeam: groupOfBeam(dataSet),
    raw: (tag) => rawValue(dataSet, bytes, tag),
  };
}

function groupOfBeam(plan: DicomDataSet): ReadonlyMap<number, number> {
  const groups = new Map<number, number>();
  for (const group of plan.items(TAG.fractionGroupSequence)) {
    const number = group.number(TAG.fractionGroupNumber, 'DS');
    for (const reference of group.items(TAG.referencedBeamSequence)) {
      const beam = reference.number(TAG.referencedBeamNumber, 'DS');
      if (number !== null && beam !== null) groups.set(beam, number);
    }
  }
  return groups;
}

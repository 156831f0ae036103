import { input } from '../../../domain/errors.js';
import type { DicomDataSet } from './data-set.js';
import { TAG } from './tags.js';

export interface FractionGroup {
  readonly number: number;
  readonly fractionsPlanned: number;
  /** BeamMeterset by ReferencedBeamNumber; null where it is absent. NaN where it is no number. */
  readonly metersets: ReadonlyMap<number, number | null>;
  readonly remarks: readonly string[];
}

/**
 * The one fraction group that has beams. BeamMeterset lives here and joins its beam by number, never by position.
 * @throws input `plan.several-groups`: dose is per fraction of one group
 */
export function readFractionGroup(groups: readonly DicomDataSet[]): FractionGroup {
  const withBeams = groups.filter((group) => group.items(TAG.referencedBeamSequence).length > 0);
  if (withBeams.length > 1) {
    throw input('plan.several-groups', `the plan has ${String(withBeams.length)} fraction groups with beams`, {
      remedy: 'export one plan per fraction group',
    });
  }
  const group = withBeams[0] ?? groups[0];
  if (group === undefined) return { number: 1, fractionsPlanned: 1, metersets: new Map(), remarks: [] };
  const fractions = group.number(TAG.fractionsPlanned, 'DS');
  const known = fractions !== null && Number.isInteger(fractions) && fractions > 0;
  return {
    number: group.number(TAG.fractionGroupNumber, 'DS') ?? 1,
    fractionsPlanned: known ? fractions : 1,
    metersets: metersetsOf(group),
    remarks: known ? [] : ['Number of Fractions Planned (300A,0078) is missing; taken as 1'],
  };
}

function metersetsOf(group: DicomDataSet): ReadonlyMap<number, number | null> {
  const metersets = new Map<number, number | null>();
  for (const reference of group.items(TAG.referencedBeamSequence)) {
    const beamNumber = reference.number(TAG.referencedBeamNumber, 'DS');
    if (beamNumber === null || !Number.isInteger(beamNumber)) continue;
    if (metersets.has(beamNumber)) throw twice(beamNumber);
    metersets.set(beamNumber, reference.number(TAG.beamMeterset, 'DS'));
  }
  return metersets;
}

const twice = (beamNumber: number) =>
  input('plan.duplicate-beam', `the fraction group refers to beam ${String(beamNumber)} twice`, {
    remedy: 'correct the plan in the planning system and export it again',
  });

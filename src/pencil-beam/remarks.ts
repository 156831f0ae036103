import type { EngineJob } from './read-input.js';

/**
 * What the reader of the dose must know: statements for DoseComment and the record, the most important first. What
 * stands before a colon is the short form, for the 64 characters of DoseComment (docs/rt-dose.md).
 */
export function remarksOn({ beam, geometry, beamModel }: EngineJob): readonly string[] {
  const generic = beamModel.name === 'generic';
  return [
    ...(geometry.setToBeam
      ? ['water phantom set to beam, gantry 0: gantry and couch are taken as 0, position as HFS']
      : []),
    generic ? 'generic model: the beam model is not that of the plan machine' : `model ${beamModel.name}`,
    ...(beam.rangeShifters.length > 0 ? ['range shifter as water: calculated as a slab of water'] : []),
    'analytic pencil beam: dose to water, physical dose per fraction',
  ];
}

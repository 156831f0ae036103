import type { EngineJob } from './read-input.js';

/** What the reader of the dose must know: statements for DoseComment and the record. */
export function remarksOn({ beam, geometry, beamModel }: EngineJob): readonly string[] {
  const shifters = beam.rangeShifters.length;
  return [
    'analytic pencil beam, dose to water, physical dose per fraction',
    beamModel.name === 'generic' ? 'generic beam model: not the machine of the plan' : `beam model ${beamModel.name}`,
    ...(geometry.setToBeam ? ['water phantom set to beam: gantry and couch taken as 0'] : []),
    ...(shifters > 0 ? ['range shifter calculated as a slab of water'] : []),
  ];
}

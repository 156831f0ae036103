import { input } from '../../domain/errors.js';
import type { IonBeam } from '../../domain/plan.js';

/** What no engine of ours models is refused, never ignored. */
export function refuseUnmodelled({ beamNumber, radiationType, unmodelled }: IonBeam): void {
  const terms = radiationType === 'PROTON' ? unmodelled : ['a radiation other than protons', ...unmodelled];
  if (terms.length === 0) return;
  throw input('engine.unsupported', `beam ${String(beamNumber)} has what is not modelled: ${terms.join(', ')}`, {
    remedy: 'only proton pencil beams without these are calculated; this plan needs another check',
  });
}

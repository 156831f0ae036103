import { EXPLICIT, IMPLICIT } from './association.js';
import { PUSH_MODEL } from './commitment-listener.js';
import { inImplicit, RT_DOSE, STUDY_ROOT_FIND, VERIFICATION } from './services.js';

/** How a delivery is proven (docs/uploads-dicom.md). */
export type Verify = 'none' | 'find' | 'commitment';

/** Presentation contexts that we propose (docs/dicom-conformance.md, 3.2). */
export function proposedFor(
  verify: Verify,
): readonly { readonly sopClass: string; readonly transferSyntaxes: readonly string[] }[] {
  const query = inImplicit(STUDY_ROOT_FIND);
  const proof = { none: [], find: [query], commitment: [inImplicit(PUSH_MODEL), query] };
  // A context for each, so that the choice is ours: as the files are written (docs/rt-dose.md), else without loss in implicit VR.
  const doses = [EXPLICIT, IMPLICIT].map((syntax) => ({ sopClass: RT_DOSE, transferSyntaxes: [syntax] }));
  return [inImplicit(VERIFICATION), ...doses, ...proof[verify]];
}

/** Classes without which nothing is delivered; a commitment is had without queries too. */
export const neededFor = (verify: Verify): readonly string[] =>
  proposedFor(verify)
    .map(({ sopClass }) => sopClass)
    .filter((sopClass) => sopClass !== STUDY_ROOT_FIND || verify === 'find');

export const CLASS_NAMES: Readonly<Record<string, string>> = {
  [VERIFICATION]: 'Verification (C-ECHO)',
  [RT_DOSE]: 'RT Dose Storage in explicit or implicit VR little endian',
  [STUDY_ROOT_FIND]: 'Study Root Query (C-FIND)',
  [PUSH_MODEL]: 'Storage Commitment',
};

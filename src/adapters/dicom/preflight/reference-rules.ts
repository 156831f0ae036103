import { TAG } from '../reading/tags.js';
import { RT_DOSE } from '../writing/sop-classes.js';
import type { Expected } from './expected.js';
import { type ObjectHeader, OBJECT_TAG } from './object-header.js';

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

/** A sentence that holds when the first is true. */
type Finding = readonly [isWrong: boolean, sentence: string];
export const sentences = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(([isWrong]) => isWrong).map(([, sentence]) => sentence);

/** What the object is, and what it says of itself in its file meta information. */
export function identityFailures({ dataSet }: ObjectHeader): readonly string[] {
  const uid = dataSet.string(TAG.sopInstanceUid);
  return sentences([
    [dataSet.string(TAG.sopClassUid) !== RT_DOSE, 'SOPClassUID is not that of RT Dose'],
    [dataSet.string(OBJECT_TAG.modality) !== 'RTDOSE', 'Modality is not RTDOSE'],
    [uid === null, 'SOPInstanceUID is missing'],
    [
      dataSet.string(OBJECT_TAG.metaInstanceUid) !== uid || dataSet.string(OBJECT_TAG.metaClassUid) !== RT_DOSE,
      'the file meta information names another object than the data set',
    ],
    [
      dataSet.string(OBJECT_TAG.transferSyntaxUid) !== EXPLICIT_LITTLE_ENDIAN,
      'the file meta information does not say explicit VR little endian, which the data set is',
    ],
    [dataSet.string(OBJECT_TAG.doseUnits) !== 'GY', 'DoseUnits is not GY'],
    [dataSet.string(OBJECT_TAG.doseType) !== 'PHYSICAL', 'DoseType is not PHYSICAL'],
  ]);
}

/** Plan, fraction group, beam, study and frame of reference. */
export function referenceFailures({ dataSet }: ObjectHeader, expected: Expected): readonly string[] {
  const { plan, beamNumber, frameOfReferenceUid } = expected;
  const references = dataSet.items(OBJECT_TAG.planSequence);
  const [reference] = references;
  const frame = dataSet.string(TAG.frameOfReferenceUid);
  const study = dataSet.string(TAG.studyInstanceUid);
  return [
    ...sentences([
      [references.length !== 1, `it refers to ${String(references.length)} plans where one is due`],
      [
        reference !== undefined && reference.string(OBJECT_TAG.referencedSopClassUid) !== plan.sopClassUid,
        "the class of the plan it refers to (ReferencedSOPClassUID) is not that of the case's plan",
      ],
      [
        reference !== undefined && reference.string(TAG.referencedSopInstanceUid) !== plan.sopInstanceUid,
        "the plan it refers to (ReferencedSOPInstanceUID) is not the case's plan",
      ],
      [frame === null, 'FrameOfReferenceUID is missing'],
      [
        frame !== null && frameOfReferenceUid !== '' && frame !== frameOfReferenceUid,
        'FrameOfReferenceUID is not that of what was calculated on',
      ],
      [study === null, 'StudyInstanceUID is missing'],
      [
        study !== null && plan.studyInstanceUid !== null && study !== plan.studyInstanceUid,
        "it is not in the plan's study",
      ],
    ]),
    ...(beamNumber === null ? planDoseFailures(dataSet) : beamFailures(dataSet, beamNumber, plan.groupOfBeam)),
  ];
}

type Elements = ObjectHeader['dataSet'];

const groupsOf = (dataSet: Elements): readonly Elements[] =>
  dataSet.items(OBJECT_TAG.planSequence)[0]?.items(OBJECT_TAG.fractionGroupSequence) ?? [];

function planDoseFailures(dataSet: Elements): readonly string[] {
  return sentences([
    [dataSet.string(OBJECT_TAG.summation) !== 'PLAN', 'DoseSummationType of the plan dose is not PLAN'],
    [groupsOf(dataSet).length > 0, 'it names a fraction group, which a plan dose must not'],
  ]);
}

function beamFailures(
  dataSet: Elements,
  beamNumber: number,
  groupOfBeam: Expected['plan']['groupOfBeam'],
): readonly string[] {
  const groups = groupsOf(dataSet);
  const [group] = groups;
  const beams = group?.items(TAG.referencedBeamSequence) ?? [];
  if (dataSet.string(OBJECT_TAG.summation) !== 'BEAM') return ['DoseSummationType of the dose of a beam is not BEAM'];
  if (groups.length !== 1 || beams.length !== 1) return ['it does not name one fraction group with one beam'];
  const beam = beams[0]?.number(TAG.referencedBeamNumber, 'DS');
  const number = group?.number(OBJECT_TAG.referencedFractionGroupNumber, 'DS');
  const due = groupOfBeam.get(beamNumber);
  const kept = `kept as the dose of beam ${String(beamNumber)}`;
  return sentences([
    [beam !== beamNumber, `it names beam ${String(beam)}, and is ${kept}`],
    [due === undefined, `no fraction group of the plan names beam ${String(beamNumber)}`],
    [
      due !== undefined && number !== due,
      `it names fraction group ${String(number)}; the plan has the beam in group ${String(due)}`,
    ],
  ]);
}

import { RT_ION_PLAN, RT_STRUCTURE_SET } from '../sop-classes.js';
import type { DataSet } from '../data-set.js';
import { commonElements, SYNTHETIC_DATE, SYNTHETIC_TIME } from './common-elements.js';
import type { Phantom, PhantomBeam, PhantomLayer } from './phantom.js';

const FRACTIONS = 5;

/** RT Ion Plan: modulated scanning, control points in pairs (with weights, then at the same spots without). */
export function ionPlan(phantom: Phantom): DataSet {
  const { uids, options, beams, withCt } = phantom;
  return {
    ...commonElements(phantom, 'RTPLAN', `${uids.plan}.1`, 3),
    SOPClassUID: RT_ION_PLAN,
    SOPInstanceUID: uids.plan,
    RTPlanLabel: 'SYNTHETIC',
    RTPlanDate: SYNTHETIC_DATE,
    RTPlanTime: SYNTHETIC_TIME,
    PlanIntent: 'VERIFICATION',
    RTPlanGeometry: withCt ? 'PATIENT' : 'TREATMENT_DEVICE',
    ...(withCt && {
      ReferencedStructureSetSequence: [
        { ReferencedSOPClassUID: RT_STRUCTURE_SET, ReferencedSOPInstanceUID: uids.structures },
      ],
    }),
    FractionGroupSequence: [fractionGroup(beams)],
    PatientSetupSequence: [{ PatientPosition: 'HFS', PatientSetupNumber: 1, SetupTechnique: 'ISOCENTRIC' }],
    IonBeamSequence: [
      ...(options.setupBeam ? [setupBeam(phantom)] : []),
      ...beams.map((beam) => treatmentBeam(phantom, beam)),
    ],
    ApprovalStatus: 'UNAPPROVED',
  };
}

const fractionGroup = (beams: readonly PhantomBeam[]): DataSet => ({
  FractionGroupNumber: 1,
  NumberOfFractionsPlanned: FRACTIONS,
  NumberOfBeams: beams.length,
  NumberOfBrachyApplicationSetups: 0,
  ReferencedBeamSequence: beams.map(({ beamNumber, meterset }) => ({
    BeamMeterset: meterset,
    ReferencedBeamNumber: beamNumber,
  })),
});

const beamFrame = (phantom: Phantom, beamNumber: number, name: string): DataSet => ({
  Manufacturer: 'MQI Communicator',
  TreatmentMachineName: phantom.machine,
  PrimaryDosimeterUnit: 'MU',
  BeamNumber: beamNumber,
  BeamName: name,
  BeamType: 'STATIC',
  RadiationType: 'PROTON',
  NumberOfWedges: 0,
  NumberOfCompensators: 0,
  NumberOfBoli: 0,
  NumberOfBlocks: 0,
  VirtualSourceAxisDistances: [2000, 2400],
  NumberOfLateralSpreadingDevices: 0,
  NumberOfRangeModulators: 0,
  PatientSupportType: 'TABLE',
  ReferencedPatientSetupNumber: 1,
});

function treatmentBeam(phantom: Phantom, beam: PhantomBeam): DataSet {
  const { rangeShifterMm } = phantom.options;
  return {
    ...beamFrame(phantom, beam.beamNumber, beam.name),
    ScanMode: 'MODULATED',
    ModulatedScanModeType: 'STATIONARY',
    TreatmentDeliveryType: 'TREATMENT',
    FinalCumulativeMetersetWeight: beam.finalCumulativeMetersetWeight,
    NumberOfControlPoints: beam.layers.length * 2,
    NumberOfRangeShifters: rangeShifterMm === null ? 0 : 1,
    ...(rangeShifterMm !== null && {
      RangeShifterSequence: [{ RangeShifterNumber: 1, RangeShifterID: 'RS', RangeShifterType: 'BINARY' }],
    }),
    IonControlPointSequence: controlPoints(phantom, beam),
  };
}

function controlPoints(phantom: Phantom, beam: PhantomBeam): readonly DataSet[] {
  let cumulative = 0;
  return beam.layers.flatMap((layer, index) => {
    const before = cumulative;
    cumulative += layer.weights.reduce((sum, weight) => sum + weight, 0);
    const last = index === beam.layers.length - 1;
    const after = last ? beam.finalCumulativeMetersetWeight : Number(cumulative.toFixed(6));
    return [
      {
        ...(index === 0 && fixedAtStart(phantom, beam.gantryAngleDeg)),
        ...spots(index * 2, layer, layer.weights),
        CumulativeMetersetWeight: Number(before.toFixed(6)),
      },
      {
        ...spots(
          index * 2 + 1,
          layer,
          layer.weights.map(() => 0),
        ),
        CumulativeMetersetWeight: after,
      },
    ];
  });
}

const spots = (controlPointIndex: number, layer: PhantomLayer, weights: readonly number[]): DataSet => ({
  ControlPointIndex: controlPointIndex,
  NominalBeamEnergy: layer.energyMeV,
  ScanSpotTuneID: '4.0',
  NumberOfScanSpotPositions: weights.length,
  ScanSpotPositionMap: layer.xMm.flatMap((x, index) => [x, layer.yMm[index] ?? Number.NaN]),
  ScanSpotMetersetWeights: weights,
  ScanningSpotSize: [12, 12],
  NumberOfPaintings: 1,
});

/** What the first control point must state although it never changes. */
function fixedAtStart(phantom: Phantom, gantryAngleDeg: number): DataSet {
  const { rangeShifterMm } = phantom.options;
  return {
    GantryAngle: gantryAngleDeg,
    GantryRotationDirection: 'NONE',
    BeamLimitingDeviceAngle: 0,
    BeamLimitingDeviceRotationDirection: 'NONE',
    PatientSupportAngle: 0,
    PatientSupportRotationDirection: 'NONE',
    TableTopVerticalPosition: null,
    TableTopLongitudinalPosition: null,
    TableTopLateralPosition: null,
    IsocenterPosition: phantom.isocentreMm,
    TableTopPitchAngle: 0,
    TableTopPitchRotationDirection: 'NONE',
    TableTopRollAngle: 0,
    TableTopRollRotationDirection: 'NONE',
    GantryPitchAngle: 0,
    GantryPitchRotationDirection: 'NONE',
    SnoutPosition: 250,
    MetersetRate: 100,
    ...(rangeShifterMm !== null && {
      RangeShifterSettingsSequence: [
        {
          RangeShifterSetting: 'IN',
          IsocenterToRangeShifterDistance: 270,
          RangeShifterWaterEquivalentThickness: rangeShifterMm,
          ReferencedRangeShifterNumber: 1,
        },
      ],
    }),
  };
}

/** A site setup field as treatment machines file them: no meterset, no spots, and it takes a beam number. */
function setupBeam(phantom: Phantom): DataSet {
  const point = { NominalBeamEnergy: 0, CumulativeMetersetWeight: 0 };
  return {
    ...beamFrame(phantom, 1, 'SETUP'),
    BeamDescription: 'Site Setup',
    ScanMode: 'NONE',
    TreatmentDeliveryType: 'SETUP',
    FinalCumulativeMetersetWeight: 0,
    NumberOfControlPoints: 2,
    NumberOfRangeShifters: 0,
    IonControlPointSequence: [
      {
        ...fixedAtStart({ ...phantom, options: { ...phantom.options, rangeShifterMm: null } }, 0),
        ...point,
        ControlPointIndex: 0,
      },
      { ...point, ControlPointIndex: 1 },
    ],
  };
}

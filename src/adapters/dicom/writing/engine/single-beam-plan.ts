import type { BeamInput, LayerInput } from '../../../../domain/beam-input.js';
import type { DataSet } from '../data-set.js';
import { derivedUid } from '../derived-uid.js';
import { RT_ION_PLAN } from '../sop-classes.js';
import { ENGINE_DATE, ENGINE_TIME, engineElements } from './engine-elements.js';

/** The element must be there; what is calculated with is the engine's own beam data. */
const NOMINAL_FWHM_MM = [10, 10];
const NOMINAL_SAD_MM = [2000, 2000];
/** Longest value of VR SH. */
const MAX_SHORT = 16;

/** An RT Ion Plan of one beam and one fraction (ports/engine-dicom.ts says what it holds). */
export function singleBeamPlan(beam: BeamInput, frameOfReferenceUid: string): DataSet {
  const uid = (what: string): string => derivedUid('engine input', what, JSON.stringify(beam), frameOfReferenceUid);
  const layers = beam.layers.map(layerOf).filter(({ weights }) => weights.length > 0);
  const meterset = layers.reduce((sum, { total }) => sum + total, 0);
  const uids = { study: uid('study'), series: uid('series'), frameOfReference: frameOfReferenceUid };
  return {
    ...engineElements(uids, 'RTPLAN', 1),
    SOPClassUID: RT_ION_PLAN,
    SOPInstanceUID: uid('plan'),
    RTPlanLabel: 'ENGINE',
    RTPlanDate: ENGINE_DATE,
    RTPlanTime: ENGINE_TIME,
    PlanIntent: 'VERIFICATION',
    RTPlanGeometry: 'TREATMENT_DEVICE',
    FractionGroupSequence: [
      {
        FractionGroupNumber: 1,
        NumberOfFractionsPlanned: 1,
        NumberOfBeams: 1,
        NumberOfBrachyApplicationSetups: 0,
        ReferencedBeamSequence: [{ BeamMeterset: meterset, ReferencedBeamNumber: 1 }],
      },
    ],
    PatientSetupSequence: [
      { PatientPosition: beam.patientPosition, PatientSetupNumber: 1, SetupTechnique: 'ISOCENTRIC' },
    ],
    IonBeamSequence: [ionBeam(beam, layers, meterset)],
    ApprovalStatus: 'UNAPPROVED',
  };
}

/** A layer's spots that carry weight, as 32-bit floats, which is what the file holds. */
interface WrittenLayer {
  readonly layer: LayerInput;
  readonly positions: readonly number[];
  readonly weights: readonly number[];
  /** Sum of the weights, MU. */
  readonly total: number;
}

function layerOf(layer: LayerInput): WrittenLayer {
  const kept = layer.meterset.flatMap((meterset, spot) => (meterset > 0 ? [spot] : []));
  const weights = kept.map((spot) => Math.fround(layer.meterset[spot] ?? 0));
  return {
    layer,
    positions: kept.flatMap((spot) => [Math.fround(layer.xMm[spot] ?? 0), Math.fround(layer.yMm[spot] ?? 0)]),
    weights,
    total: weights.reduce((sum, weight) => sum + weight, 0),
  };
}

function ionBeam(beam: BeamInput, layers: readonly WrittenLayer[], meterset: number): DataSet {
  return {
    Manufacturer: 'MQI Communicator',
    TreatmentMachineName: plain(beam.machine),
    PrimaryDosimeterUnit: 'MU',
    BeamNumber: 1,
    BeamName: 'BEAM',
    BeamType: 'STATIC',
    RadiationType: 'PROTON',
    NumberOfWedges: 0,
    NumberOfCompensators: 0,
    NumberOfBoli: 0,
    NumberOfBlocks: 0,
    VirtualSourceAxisDistances: beam.virtualSadMm ?? NOMINAL_SAD_MM,
    NumberOfLateralSpreadingDevices: 0,
    NumberOfRangeModulators: 0,
    PatientSupportType: 'TABLE',
    ReferencedPatientSetupNumber: 1,
    ScanMode: 'MODULATED',
    ModulatedScanModeType: 'STATIONARY',
    TreatmentDeliveryType: 'TREATMENT',
    FinalCumulativeMetersetWeight: meterset,
    NumberOfControlPoints: layers.length * 2,
    NumberOfRangeShifters: beam.rangeShifters.length,
    ...(beam.rangeShifters.length > 0 && {
      RangeShifterSequence: beam.rangeShifters.map(({ id }, index) => ({
        RangeShifterNumber: index + 1,
        RangeShifterID: id.slice(0, MAX_SHORT),
        RangeShifterType: 'BINARY',
      })),
    }),
    IonControlPointSequence: controlPoints(beam, layers, meterset),
  };
}

function controlPoints(beam: BeamInput, layers: readonly WrittenLayer[], meterset: number): readonly DataSet[] {
  let cumulative = 0;
  return layers.flatMap((layer, index) => {
    const before = cumulative;
    cumulative += layer.total;
    const after = index === layers.length - 1 ? meterset : cumulative;
    const without = layer.weights.map(() => 0);
    return [
      {
        ...(index === 0 && fixedAtStart(beam)),
        ...spots(index * 2, layer, layer.weights),
        CumulativeMetersetWeight: before,
      },
      { ...spots(index * 2 + 1, layer, without), CumulativeMetersetWeight: after },
    ];
  });
}

const spots = (index: number, { layer, positions }: WrittenLayer, weights: readonly number[]): DataSet => ({
  ControlPointIndex: index,
  NominalBeamEnergy: layer.energyMeV,
  ScanSpotTuneID: '1',
  NumberOfScanSpotPositions: weights.length,
  ScanSpotPositionMap: positions,
  ScanSpotMetersetWeights: weights,
  ScanningSpotSize: layer.spotSizeFwhmMm ?? NOMINAL_FWHM_MM,
  // The weights are of all paintings together.
  NumberOfPaintings: 1,
});

/** Angles are always written, also where they are 0: an engine that finds none may take those of the beam before. */
const fixedAtStart = (beam: BeamInput): DataSet => ({
  GantryAngle: beam.gantryAngleDeg,
  GantryRotationDirection: 'NONE',
  BeamLimitingDeviceAngle: 0,
  BeamLimitingDeviceRotationDirection: 'NONE',
  PatientSupportAngle: beam.couchAngleDeg,
  PatientSupportRotationDirection: 'NONE',
  TableTopVerticalPosition: null,
  TableTopLongitudinalPosition: null,
  TableTopLateralPosition: null,
  IsocenterPosition: beam.isocentreMm,
  TableTopPitchAngle: 0,
  TableTopPitchRotationDirection: 'NONE',
  TableTopRollAngle: 0,
  TableTopRollRotationDirection: 'NONE',
  GantryPitchAngle: 0,
  GantryPitchRotationDirection: 'NONE',
  SnoutPosition: beam.snoutPositionMm,
  MetersetRate: 100,
  ...(beam.rangeShifters.length > 0 && {
    RangeShifterSettingsSequence: beam.rangeShifters.map((shifter, index) => ({
      RangeShifterSetting: 'IN',
      IsocenterToRangeShifterDistance: shifter.isocentreDistanceMm ?? beam.snoutPositionMm,
      RangeShifterWaterEquivalentThickness: shifter.waterEquivalentThicknessMm,
      ReferencedRangeShifterNumber: index + 1,
    })),
  }),
});

/** ASCII of at most 16 characters: what the file's readers understand without a character set. */
const plain = (text: string): string => text.replace(/[^\x20-\x5b\x5d-\x7e]/g, '_').slice(0, MAX_SHORT) || 'MACHINE';

import type { Phantom, PhantomBeam, PhantomLayer } from './phantom.js';

/** A file of a delivery folder; the path is relative to the case folder. */
export interface LogFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** Calibration that the counts are made with: typical Sumitomo figures (mm per count; ms per row is not needed). */
const OFFSET_COUNTS = 16_384;
const X_GAIN_MM = 0.010959;
const Y_GAIN_MM = 0.0116412;
const SPOT_SIGMA_MM = 5;
/** Range code 2 is the reference range: its factor is 1. */
const DOSE_RANGE = 2;
const ROWS_PER_SPOT = 4;
const COUNTS_PER_METERSET = 500;
const BEAM_ON_PLANNED_AND_ACTUAL = 0xc000;
const SCAN_NUMBER = 1;
const FIRST_START_MS = Date.UTC(2025, 3, 24, 14, 40, 8);
/** All deliveries of one fraction start within an hour of the first. */
const LONGEST_SPAN_MS = 50 * 60_000;

/** What a Sumitomo machine records when it delivers every beam once, undisturbed, in one fraction. */
export function deliveryLogs(phantom: Phantom): readonly LogFile[] {
  const stepMs = Math.min(180_000, Math.floor(LONGEST_SPAN_MS / phantom.beams.length));
  return phantom.beams.flatMap((beam, index) => beamLogs(phantom, beam, index, FIRST_START_MS + index * stepMs));
}

function beamLogs(phantom: Phantom, beam: PhantomBeam, index: number, startMs: number): readonly LogFile[] {
  const folder = startName(startMs);
  const record = String(index + 1).padStart(4, '0');
  const layers = beam.layers.map((layer, layerIndex) => ({
    layer,
    number: layerIndex + 1,
    file: `02_${record}_001_${String(beam.beamNumber).padStart(3, '0')}_${String(layerIndex + 1).padStart(3, '0')}.ptn`,
  }));
  const text = (name: string, lines: readonly string[]): LogFile => ({
    path: `${folder}/${name}`,
    bytes: Buffer.from(`${lines.join('\n')}\n`, 'latin1'),
  });
  return [
    text('PlanInfo.txt', planInfo(phantom, beam, folder)),
    text('PlanRange.txt', [
      'RESULT_ID,LAYER_NO,LAYER_ENERGY,PATIENT_ID,FLD_NO,DOSE1_RANGE,DOSE2_RANGE,PLAN_DOSE1_RANGE,PLAN_DOSE2_RANGE,SCAN_OUT_FL_NM',
      ...layers.map(({ layer, number, file }) =>
        [
          Number(record),
          number,
          layer.energyMeV,
          phantom.patientId,
          beam.beamNumber,
          DOSE_RANGE,
          DOSE_RANGE,
          DOSE_RANGE,
          DOSE_RANGE,
          file,
        ].join(','),
      ),
    ]),
    ...layers.map(({ layer, number, file }) => ({ path: `${folder}/${file}`, bytes: ptn(beam, layer, number) })),
  ];
}

const planInfo = (phantom: Phantom, beam: PhantomBeam, start: string): readonly string[] => [
  `DICOM_PATIENT_ID,${phantom.patientId}`,
  `DICOM_BEAM_NUMBER,${String(beam.beamNumber)}`,
  `TCSC_FIELD_NUMBER,${String(beam.beamNumber)}`,
  'START_LAYER_NUMBER,1',
  `STOP_LAYER_NUMBER,${String(beam.layers.length)}`,
  `TCSC_IRRAD_DATETIME,${start}`,
];

/** yyyymmddhhmmss and hundredths. The moment is the machine's wall clock, whatever the zone. */
const startName = (startMs: number): string => new Date(startMs).toISOString().replace(/\D/g, '').slice(0, 16);

/** Rows of eight big-endian uint16: x, y, x size, y size, dose1, dose2, layer, flags. */
function ptn(beam: PhantomBeam, layer: PhantomLayer, layerNumber: number): Buffer {
  const metersetPerWeight = beam.meterset / beam.finalCumulativeMetersetWeight;
  const rows = layer.weights.flatMap((weight, spot) => {
    const counts = Math.round((weight * metersetPerWeight * COUNTS_PER_METERSET) / ROWS_PER_SPOT);
    const row = [
      OFFSET_COUNTS + Math.round((layer.xMm[spot] ?? 0) / X_GAIN_MM),
      OFFSET_COUNTS + Math.round((layer.yMm[spot] ?? 0) / Y_GAIN_MM),
      Math.round(SPOT_SIGMA_MM / X_GAIN_MM),
      Math.round(SPOT_SIGMA_MM / Y_GAIN_MM),
      Math.min(0xffff, counts),
      Math.min(0xffff, counts),
      layerNumber,
      BEAM_ON_PLANNED_AND_ACTUAL | SCAN_NUMBER,
    ];
    return Array.from({ length: ROWS_PER_SPOT }, () => row);
  });
  const bytes = Buffer.alloc(rows.length * 16);
  rows.flat().forEach((value, index) => bytes.writeUInt16BE(value, index * 2));
  return bytes;
}

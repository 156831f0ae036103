import type { RecordedLayer } from '../../domain/delivery-record.js';
import { input } from '../../domain/errors.js';
import { badLog, logLines, wholeNumber } from './log-text.js';

/** The file's name as documented; it may also end in .csv. */
export const PLAN_RANGE = 'PlanRange.txt';

/** Columns count from 0. */
const LAYER_NO = 1;
const LAYER_ENERGY = 2;
const DOSE1_RANGE = 5;
const SCAN_OUT_FL_NM = 9;

/** By range code: full range over the reference range of 470 nA (160, 470, 1400, 4200, 12600 nA). */
const MONITOR_RANGE_FACTORS: ReadonlyMap<number, number> = new Map([
  [1, 160 / 470],
  [2, 1],
  [3, 2.978723404],
  [4, 8.936170213],
  [5, 26.80851064],
]);

/**
 * PlanRange.txt: a header line, then a row per layer.
 * @returns by layer number
 * @throws input `delivery.log`; `delivery.range-code` for a monitor range we do not know
 */
export function parsePlanRange(bytes: Uint8Array): readonly RecordedLayer[] {
  const layers = new Map<number, RecordedLayer>();
  const lines = logLines(PLAN_RANGE, bytes);
  lines.next(); // the header
  for (const { number, line } of lines) {
    const layer = layerOf(
      line.split(',').map((cell) => cell.trim()),
      number,
    );
    if (layers.has(layer.layerNumber)) {
      throw badLog(PLAN_RANGE, `line ${String(number)}: layer ${String(layer.layerNumber)} is there twice`);
    }
    layers.set(layer.layerNumber, layer);
  }
  if (layers.size === 0) throw badLog(PLAN_RANGE, 'has no row for any layer');
  return [...layers.values()].sort((a, b) => a.layerNumber - b.layerNumber);
}

function layerOf(cells: readonly string[], line: number): RecordedLayer {
  const where = `line ${String(line)}`;
  const layerNumber = wholeNumber(cells[LAYER_NO], 1);
  if (layerNumber === null) throw badLog(PLAN_RANGE, `${where}: LAYER_NO (column 1) is not a whole number from 1`);
  const energyMeV = Number(cells[LAYER_ENERGY] ?? '');
  if (!(energyMeV > 0 && energyMeV < 1000)) {
    throw badLog(PLAN_RANGE, `${where}: LAYER_ENERGY (column 2) is not an energy in MeV`);
  }
  const code = wholeNumber(cells[DOSE1_RANGE], 0);
  const monitorRangeFactor = code === null ? undefined : MONITOR_RANGE_FACTORS.get(code);
  if (monitorRangeFactor === undefined) {
    throw input(
      'delivery.range-code',
      `${PLAN_RANGE}: ${where}: DOSE1_RANGE (column 5) is not a range code of 1 to 5`,
      {
        remedy: 'ask the manufacturer what this monitor range means; counts of an unknown range cannot be used',
      },
    );
  }
  const file = cells[SCAN_OUT_FL_NM] ?? '';
  if (!/^[\w.-]{1,100}\.ptn$/i.test(file)) {
    throw badLog(PLAN_RANGE, `${where}: SCAN_OUT_FL_NM (column 9) is not the name of a .ptn file`);
  }
  return { layerNumber, energyMeV, monitorRangeFactor, file };
}

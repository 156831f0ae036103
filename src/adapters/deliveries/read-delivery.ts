import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeliveredRows, ScanCalibration } from '../../domain/delivered-rows.js';
import type { DeliveryRecord, RecordedLayer } from '../../domain/delivery-record.js';
import { badLog, checkTextSize } from './log-text.js';
import { PLAN_INFO, parsePlanInfo } from './plan-info.js';
import { PLAN_RANGE, parsePlanRange } from './plan-range.js';
import { readLogFile, unreadable } from './read-log-file.js';
import { checkScanSize, parseScanRows } from './scan-rows.js';

/** More entries than any delivery has layers. */
const MAX_ENTRIES = 10_000;

/**
 * PlanInfo and PlanRange of a delivery folder, checked against each other and against the files that are there. Names
 * are found whatever the case of their letters.
 * @param folder absolute
 * @throws input `delivery.log`, `delivery.range-code`; transient `delivery.unreadable`
 */
export async function readDelivery(folder: string): Promise<DeliveryRecord> {
  const names = await namesIn(folder);
  const text = (name: string): Promise<Buffer> =>
    readLogFile(name, join(folder, found(names, name, [name])), (bytes) => {
      checkTextSize(name, bytes);
    });
  const header = parsePlanInfo(await text(PLAN_INFO));
  const rangeName = found(names, PLAN_RANGE, [PLAN_RANGE, 'PlanRange.csv']);
  const ranges = parsePlanRange(
    await readLogFile(PLAN_RANGE, join(folder, rangeName), (bytes) => {
      checkTextSize(PLAN_RANGE, bytes);
    }),
  );
  return { ...header, layers: deliveredLayers(header, ranges, names) };
}

/**
 * Rows of one layer; some MB of memory, so callers go layer by layer.
 * @param folder absolute, as given to readDelivery
 * @throws input `delivery.log`; transient `delivery.unreadable`
 */
export async function readLayer(
  folder: string,
  layer: RecordedLayer,
  calibration: ScanCalibration,
): Promise<DeliveredRows> {
  const name = shownName(layer);
  const bytes = await readLogFile(name, join(folder, layer.file), (size) => {
    checkScanSize(name, size);
  });
  return parseScanRows(name, bytes, layer, calibration);
}

function deliveredLayers(
  { startLayer, stopLayer }: { readonly startLayer: number; readonly stopLayer: number },
  ranges: readonly RecordedLayer[],
  names: ReadonlyMap<string, readonly string[]>,
): readonly RecordedLayer[] {
  const delivered = ranges.filter(({ layerNumber }) => startLayer <= layerNumber && layerNumber <= stopLayer);
  // Not a loop over the numbers: a wrong STOP_LAYER_NUMBER may be any number.
  const gap = delivered.findIndex(({ layerNumber }, index) => layerNumber !== startLayer + index);
  const there = gap < 0 ? delivered.length : gap;
  if (there < stopLayer - startLayer + 1) {
    throw badLog(
      PLAN_RANGE,
      `has no row for layer ${String(startLayer + there)}, but PlanInfo says that layers ${String(startLayer)} to ` +
        `${String(stopLayer)} were delivered`,
    );
  }
  return delivered.map((layer) => ({ ...layer, file: found(names, shownName(layer), [layer.file]) }));
}

/** Names of a folder's entries by their small letters. */
async function namesIn(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = new Map<string, string[]>();
  try {
    let entries = 0;
    for await (const { name } of await opendir(folder)) {
      if (++entries > MAX_ENTRIES) throw badLog('the delivery folder', `has more than ${String(MAX_ENTRIES)} entries`);
      const key = name.toLowerCase();
      names.set(key, [...(names.get(key) ?? []), name]);
    }
  } catch (thrown) {
    throw unreadable('the delivery folder', thrown);
  }
  return names;
}

function found(names: ReadonlyMap<string, readonly string[]>, shown: string, wanted: readonly string[]): string {
  const all = wanted.flatMap((name) => names.get(name.toLowerCase()) ?? []);
  const [only, ...more] = all;
  if (only === undefined) throw badLog(shown, 'is missing');
  if (more.length > 0) throw badLog(shown, 'is there more than once (by case of letters or by ending)');
  return only;
}

/** A name of the documented form holds numbers of the machine only and may be shown; any other may hold anything. */
const shownName = ({ file, layerNumber }: RecordedLayer): string =>
  /^\d{1,2}_\d{1,6}(_\d{1,3}){3}\.ptn$/i.test(file) ? file : `the .ptn file of layer ${String(layerNumber)}`;

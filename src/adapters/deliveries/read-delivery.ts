import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeliveredRows, ScanCalibration } from '../../domain/delivered-rows.js';
import type { DeliveryHeader, DeliveryRecord, RecordedLayer } from '../../domain/delivery-record.js';
import { CaseError } from '../../domain/errors.js';
import { badLog, checkTextSize } from './log-text.js';
import { PLAN_INFO, parsePlanInfo } from './plan-info.js';
import { PLAN_RANGE, parsePlanRange } from './plan-range.js';
import { readLogEnd, readLogFile, unreadable } from './read-log-file.js';
import { checkLastRow, checkScanSize, parseScanRows, ROW_BYTES } from './scan-rows.js';

/** More entries than any delivery has layers. */
const MAX_ENTRIES = 10_000;

/** Names of a folder's entries by their small letters. */
type Names = ReadonlyMap<string, readonly string[]>;

/** A delivery folder as far as it can be read. */
interface DeliverySurvey {
  readonly header: DeliveryHeader | null;
  /** Layers that PlanInfo and PlanRange agree on. */
  readonly layers: readonly RecordedLayer[];
  /** Of them, those whose file is not there. */
  readonly missing: readonly RecordedLayer[];
  readonly problems: readonly CaseError[];
}

/**
 * PlanInfo and PlanRange of a delivery folder, checked against each other and against the files that are there. Names
 * are found whatever the case of their letters.
 * @param folder absolute
 * @throws transient `delivery.unreadable`; what is wrong with the folder is in the answer
 */
export async function surveyDelivery(folder: string): Promise<DeliverySurvey> {
  const problems: CaseError[] = [];
  const noted = async <T>(work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof CaseError) || thrown.severity !== 'input') throw thrown;
      problems.push(thrown);
      return null;
    }
  };
  const names = await noted(() => namesIn(folder));
  if (names === null) return { header: null, layers: [], missing: [], problems };
  const header = await noted(async () => parsePlanInfo(await textOf(folder, names, PLAN_INFO, [PLAN_INFO])));
  const ranges = await noted(async () =>
    parsePlanRange(await textOf(folder, names, PLAN_RANGE, [PLAN_RANGE, 'PlanRange.csv'])),
  );
  const layers = header && ranges && (await noted(() => deliveredLayers(header, ranges)));
  const missing: RecordedLayer[] = [];
  const found: RecordedLayer[] = [];
  for (const layer of layers ?? []) {
    const file = await noted(() => fileOf(folder, names, layer));
    if (file === undefined) missing.push(layer);
    found.push({ ...layer, file: file ?? layer.file });
  }
  return { header, layers: found, missing, problems };
}

/**
 * A delivery folder with nothing wrong.
 * @param folder absolute
 * @throws input `delivery.log`, `delivery.range-code`; transient `delivery.unreadable`
 */
export async function readDelivery(folder: string): Promise<DeliveryRecord> {
  const { header, layers, missing, problems } = await surveyDelivery(folder);
  const [gone] = missing;
  if (header === null || problems[0] !== undefined) throw problems[0] ?? badLog(PLAN_INFO, 'is missing');
  if (gone !== undefined) throw badLog(shownName(gone), 'is missing');
  return { ...header, layers };
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

function textOf(folder: string, names: Names, shown: string, wanted: readonly string[]): Promise<Buffer> {
  const name = found(names, shown, wanted);
  if (name === undefined) throw badLog(shown, 'is missing');
  return readLogFile(shown, join(folder, name), (bytes) => {
    checkTextSize(shown, bytes);
  });
}

function deliveredLayers(
  { startLayer, stopLayer }: DeliveryHeader,
  ranges: readonly RecordedLayer[],
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
  return delivered;
}

/** The layer's file as it is called in the folder, its size and end looked at; undefined if it is not there. */
async function fileOf(folder: string, names: Names, layer: RecordedLayer): Promise<string | undefined> {
  const shown = shownName(layer);
  const name = found(names, shown, [layer.file]);
  if (name === undefined) return undefined;
  const end = await readLogEnd(shown, join(folder, name), ROW_BYTES, (size) => {
    checkScanSize(shown, size);
  });
  checkLastRow(shown, end, layer.layerNumber);
  return name;
}

async function namesIn(folder: string): Promise<Names> {
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

/** The one entry of these names; undefined for none. */
function found(names: Names, shown: string, wanted: readonly string[]): string | undefined {
  const [only, ...more] = wanted.flatMap((name) => names.get(name.toLowerCase()) ?? []);
  if (more.length > 0) throw badLog(shown, 'is there more than once (by case of letters or by ending)');
  return only;
}

/** A name of the documented form holds numbers of the machine only and may be shown; any other may hold anything. */
const shownName = ({ file, layerNumber }: RecordedLayer): string =>
  /^\d{1,2}_\d{1,6}(_\d{1,3}){3}\.ptn$/i.test(file) ? file : `the .ptn file of layer ${String(layerNumber)}`;

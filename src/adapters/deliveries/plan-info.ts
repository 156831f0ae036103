import type { DeliveryHeader } from '../../domain/delivery-record.js';
import type { EpochMs } from '../../domain/time.js';
import { badLog, logLines, wholeNumber } from './log-text.js';

/** The file's name as documented; errors use it whatever the case of its letters on the share. */
export const PLAN_INFO = 'PlanInfo.txt';

/**
 * PlanInfo.txt: lines `KEY,value`. Keys we do not know are left alone.
 * @throws input `delivery.log` if it is no text, a key is missing, twice there with different values, or out of range
 */
export function parsePlanInfo(bytes: Uint8Array): DeliveryHeader {
  const values = new Map<string, string>();
  for (const { number, line } of logLines(PLAN_INFO, bytes)) {
    const comma = line.indexOf(',');
    if (comma < 1) throw badLog(PLAN_INFO, `line ${String(number)} is not KEY,value`);
    const key = line.slice(0, comma).trim().toUpperCase();
    const value = line.slice(comma + 1).trim();
    const before = values.get(key);
    if (before !== undefined && before !== value) {
      throw badLog(PLAN_INFO, `line ${String(number)} gives a key a second value`);
    }
    values.set(key, value);
  }
  const startLayer = wholeOf(values, 'START_LAYER_NUMBER', 1);
  const stopLayer = wholeOf(values, 'STOP_LAYER_NUMBER', 1);
  if (stopLayer < startLayer) {
    throw badLog(PLAN_INFO, `STOP_LAYER_NUMBER ${String(stopLayer)} is below START_LAYER_NUMBER ${String(startLayer)}`);
  }
  return {
    patientId: valueOf(values, 'DICOM_PATIENT_ID'),
    beamNumber: wholeOf(values, 'DICOM_BEAM_NUMBER', 0),
    startLayer,
    stopLayer,
    startedAt: momentOf(valueOf(values, 'TCSC_IRRAD_DATETIME')),
  };
}

function valueOf(values: ReadonlyMap<string, string>, key: string): string {
  const value = values.get(key);
  if (value === undefined || value === '') throw badLog(PLAN_INFO, `${key} is missing`);
  return value;
}

function wholeOf(values: ReadonlyMap<string, string>, key: string, least: number): number {
  const value = wholeNumber(valueOf(values, key), least);
  if (value === null) throw badLog(PLAN_INFO, `${key} is not a whole number from ${String(least)} to 99999`);
  return value;
}

/** yyyymmddhhmmss and, where given, hundredths of a second. */
function momentOf(text: string): EpochMs {
  const full = text.length === 14 ? `${text}00` : text;
  const iso = full.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6.$70Z');
  const at = Date.parse(iso);
  // Date.parse takes the 31st of a month of 30 days for the 1st of the next, and reads other forms too.
  if (Number.isNaN(at) || new Date(at).toISOString() !== iso) {
    throw badLog(PLAN_INFO, 'TCSC_IRRAD_DATETIME is not a date and time (yyyymmddhhmmss and hundredths)');
  }
  return at;
}

import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Case } from '../../domain/case.js';
import type { Receipt } from '../../domain/receipt.js';
import { receiptsCsv, RECEIPTS_START, receiptView } from '../../domain/receipt-view.js';
import { REPORT_NAME, REPORT_START } from '../../domain/delivery-report.js';
import { permanent } from '../../domain/errors.js';
import { flushFolder, writeWholeFile } from '../../files/whole-file.js';
import { placeText, readText, receiptText } from './placed-text.js';
import { makeFolders } from '../../files/make-folders.js';

/*
 * Whose files lie in a delivery folder. A dropped folder may be calculated several times (runs); the newest lies on top,
 * earlier ones in `run-<n>/` below.
 *
 * Folders of two names may be one at the target, where upper and lower case or two forms of a letter are the same there;
 * then the later one gets a number: `<name> (2)`. Nothing of another dropped folder is ever touched.
 *
 *   .delivery.json   written before the first object: the case that delivers, until receipt.json is there
 *   receipt.json     written after the last object; receipt.csv, the same as a table, just before it where it is wanted
 *   delivery-report.csv   where the case has one, written before the receipt and anew with further deliveries
 *
 * When another case owns the folder, its files are moved aside before ours come: objects first, its receipt last, so
 * that a crash in between leaves a folder whose owner is still known and the move is gone on with.
 */

const RECEIPT = 'receipt.json';
const RECEIPT_TABLE = 'receipt.csv';
const UNDER_WAY = '.delivery.json';
const OBJECT_NAME = /^RD\.(\d{3,}|plan)\.dcm$/;
/** What a crash of the earlier run left. */
const PART_NAME = /^(RD\.(\d{3,}|plan)\.dcm|delivery-report\.csv|receipt\.csv)\.part$/;

const ownerSchema = z.object({
  caseId: z.string(),
  run: z.number().int().positive(),
  /** Of which dropped folder; earlier versions wrote no inbox, and no folder before the receipt. */
  inbox: z.string().default(''),
  folder: z.string().nullable().default(null),
});
type Owner = z.infer<typeof ownerSchema>;
type Deliverer = Pick<Case, 'id' | 'run' | 'inbox' | 'folder'>;

/** Name of an object in its folder. */
export const objectName = (beamNumber: number | null): string =>
  beamNumber === null ? 'RD.plan.dcm' : `RD.${String(beamNumber).padStart(3, '0')}.dcm`;

/**
 * The folder this case delivers into: `top`, after an earlier run there was moved aside, or `run-<n>/` below it when a
 * later run is there already; `<top> (2)` and so on where that is another dropped folder's. Notes the case as the owner.
 */
export async function takeFolder(top: string, kase: Deliverer): Promise<string> {
  for (let number = 1; ; number += 1) {
    const place = number === 1 ? top : `${top} (${String(number)})`;
    if (number > 1) await makeFolder(place);
    const owner = await ownerOf(place);
    if (owner === null || !isOfAnother(owner, kase)) return takePlace(place, owner, kase);
  }
}

const isOfAnother = ({ caseId, inbox, folder }: Owner, kase: Deliverer): boolean =>
  caseId !== kase.id && folder !== null && (folder !== kase.folder || inbox !== kase.inbox);

/** No link is followed out of the target. */
async function makeFolder(path: string): Promise<void> {
  await makeFolders(path);
  if (!(await lstat(path)).isDirectory()) throw foreign();
}

async function takePlace(top: string, owner: Owner | null, kase: Deliverer): Promise<string> {
  if (owner?.caseId === kase.id) return top;
  if (owner === null) {
    await noteOwner(top, kase);
    return top;
  }
  if (owner.run > kase.run) return takeOwnFolder(join(top, `run-${String(kase.run)}`), kase);
  await moveAside(top, owner);
  await noteOwner(top, kase);
  return top;
}

/**
 * Writes the delivery report, in place of an earlier one; a repeat with the same content changes nothing.
 * @throws permanent `upload.name-conflict` where a file of that name is none of ours
 */
export async function writeReport(folder: string, csv: string): Promise<void> {
  const path = join(folder, REPORT_NAME);
  const present = await readText(path);
  if (present === csv) return;
  if (present !== null && !present.startsWith(REPORT_START)) throw foreign();
  await placeText(path, csv);
}

/**
 * Writes receipt.csv; a repeat with the same content changes nothing.
 * @throws permanent `upload.name-conflict` where a file of that name is none of ours
 */
export async function writeReceiptTable(folder: string, receipts: readonly Receipt[]): Promise<void> {
  const table = join(folder, RECEIPT_TABLE);
  const present = await readText(table);
  if (present !== null && !present.startsWith(RECEIPTS_START)) throw foreign();
  await placeText(table, receiptsCsv(receipts.map(receiptView)));
}

/** Writes receipt.json, which ends the delivery; a repeat with the same content changes nothing. */
export async function writeReceipt(folder: string, kase: Case, receipts: readonly Receipt[]): Promise<void> {
  await placeText(join(folder, RECEIPT), receiptText(kase, receipts));
  await rm(join(folder, UNDER_WAY), { force: true });
}

async function takeOwnFolder(folder: string, kase: Deliverer): Promise<string> {
  await makeFolders(folder);
  const owner = await ownerOf(folder);
  if (owner === null) await noteOwner(folder, kase);
  else if (owner.caseId !== kase.id) throw foreign();
  return folder;
}

async function ownerOf(folder: string): Promise<Owner | null> {
  const text = (await readText(join(folder, RECEIPT))) ?? (await readText(join(folder, UNDER_WAY)));
  if (text === null) return null;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw foreign(cause);
  }
}

const noteOwner = (place: string, { id, run, inbox, folder }: Deliverer): Promise<void> =>
  writeWholeFile(join(place, UNDER_WAY), `${JSON.stringify({ caseId: id, run, inbox, folder })}\n`);

async function moveAside(top: string, owner: Owner): Promise<void> {
  const present = await readdir(top);
  for (const name of present.filter((entry) => PART_NAME.test(entry))) await rm(join(top, name), { force: true });
  const isOurs = (name: string): boolean => OBJECT_NAME.test(name) || name === REPORT_NAME || name === RECEIPT_TABLE;
  const names = [...present.filter(isOurs), ...present.filter((name) => name === RECEIPT)];
  if (names.length > 0) {
    const aside = await freeFolder(join(top, `run-${String(owner.run)}`), names);
    for (const name of names) await rename(join(top, name), join(aside, name));
    await flushFolder(aside);
  }
  await rm(join(top, UNDER_WAY), { force: true });
  await flushFolder(top);
}

/** `<wanted>`, or `<wanted>-2` and so on: the first in which none of the names is taken, so nothing is overwritten. */
async function freeFolder(wanted: string, names: readonly string[]): Promise<string> {
  for (let copy = 1; ; copy++) {
    const folder = copy === 1 ? wanted : `${wanted}-${String(copy)}`;
    await makeFolders(folder);
    const taken = await readdir(folder);
    if (!names.some((name) => taken.includes(name))) return folder;
  }
}

const foreign = (cause?: unknown): Error =>
  permanent('upload.name-conflict', 'the case’s folder at the target holds files that are not of this service', {
    cause,
    remedy: 'move what lies in the way out of the delivery folder, then: mqi retry ID',
  });

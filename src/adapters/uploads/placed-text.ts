import { readFile } from 'node:fs/promises';
import type { Case } from '../../domain/case.js';
import { transient } from '../../domain/errors.js';
import type { Receipt } from '../../domain/receipt.js';
import { receiptView } from '../../domain/receipt-view.js';
import { systemCode } from '../../files/system-code.js';
import { writeWholeFile } from '../../files/whole-file.js';

/**
 * A text of ours at a target: part file, flush, read back, rename, in place of an earlier one; a repeat changes nothing.
 * @throws transient `upload.verify-failed`; errors of the operating system as they are
 */
export async function placeText(path: string, text: string): Promise<void> {
  if ((await readText(path)) === text) return;
  await writeWholeFile(path, text, async (part) => {
    if ((await readText(part)) === text) return;
    throw transient('upload.verify-failed', 'a text at the target is not what was written');
  });
}

/** Null where there is no such file. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Content of a receipt in JSON: the case, and the proof of each object. */
export function receiptText(kase: Case, receipts: readonly Receipt[]): string {
  const { id: caseId, inbox, folder, run, planSopInstanceUid } = kase;
  const content = { caseId, inbox, folder, run, planSopInstanceUid, objects: receipts.map(receiptView) };
  return `${JSON.stringify(content, null, 2)}\n`;
}

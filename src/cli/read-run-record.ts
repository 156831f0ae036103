import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case } from '../domain/case.js';
import type { Folders } from '../domain/folders.js';
import { parseRunRecord, RECORD_NAME, type RunRecord } from '../domain/run-record.js';
import { systemCode } from '../files/system-code.js';

/** `record.json` of a run; null where there is none. Throws permanent `work.damaged`. */
export async function readRunRecord(folders: Folders, kase: Case): Promise<RunRecord | null> {
  try {
    return parseRunRecord(await readFile(join(folders.work(kase), RECORD_NAME), 'utf8'));
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

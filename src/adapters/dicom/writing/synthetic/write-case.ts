import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SyntheticCase } from '../../../../ports/case-maker.js';
import { encodeFile } from '../data-set.js';
import { deliveryLogs } from './delivery-logs.js';
import type { Phantom } from './phantom.js';
import { ctSlice } from './synthetic-ct.js';
import { ionPlan } from './synthetic-plan.js';
import { structureSet } from './synthetic-structures.js';
import { makeFolders } from '../../../../files/make-folders.js';

/** Writes the files into an existing folder: RN.dcm; CT.nnn.dcm and RS.dcm; a folder of logs for each delivery. */
export async function writeCase(folder: string, phantom: Phantom, wanted: SyntheticCase): Promise<void> {
  if (wanted.withCt) {
    for (let index = 0; index < phantom.grid.size[2]; index++) {
      const name = `CT.${String(index + 1).padStart(3, '0')}.dcm`;
      await writeFile(join(folder, name), encodeFile(ctSlice(phantom, index)));
    }
    await writeFile(join(folder, 'RS.dcm'), encodeFile(structureSet(phantom)));
  }
  await writeFile(join(folder, 'RN.dcm'), encodeFile(ionPlan(phantom)));
  if (!wanted.withDeliveryLogs) return;
  for (const { path, bytes } of deliveryLogs(phantom)) {
    await makeFolders(dirname(join(folder, path)));
    await writeFile(join(folder, path), bytes);
  }
}

import { readSync } from 'node:fs';
import { writeWholeFileSync } from '../../../files/whole-file-sync.js';
import type { Deidentifier, Replacements } from '../../../ports/deidentifier.js';
import { TAG } from '../reading/tags.js';
import { encodeMeta } from '../writing/data-set.js';
import { RT_DOSE } from '../writing/sop-classes.js';
import { withFile } from '../writing/with-file.js';
import { deidentifiedHeader } from './deidentified-header.js';
import { readSourceDose } from './source-dose.js';

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Blocks while it writes: for a worker thread. Holds the header and one piece of the pixels. */
export function writeDeidentified(
  path: string,
  target: string,
  replacements: Replacements,
): Awaited<ReturnType<Deidentifier['write']>> {
  const source = readSourceDose(path);
  const header = deidentifiedHeader(source, replacements);
  const sopInstanceUid = replacements.uids.get(source.dataSet.string(TAG.sopInstanceUid) ?? '') ?? '';
  const written = withFile(path, (from) =>
    writeWholeFileSync(target, (file) => {
      file.write(encodeMeta({ SOPClassUID: RT_DOSE, SOPInstanceUID: sopInstanceUid }));
      file.write(header);
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let at = source.pixelElementAt; ;) {
        const read = readSync(from, chunk, 0, chunk.length, at);
        if (read === 0) break;
        file.write(chunk.subarray(0, read));
        at += read;
      }
    }),
  );
  return { sopInstanceUid, ...written };
}

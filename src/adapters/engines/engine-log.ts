import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { diskFailure, errorCode, LOG_NAME } from './engine-files.js';

const PART_BYTES = 1 << 20;
/** A line longer than this is looked at in pieces: no engine's last words are that long. */
const MAX_LINE = 65_536;

/** Goes through all the engine wrote, line by line, in bounded memory. Nothing is said where it wrote nothing. */
export async function eachLogLine(folder: string, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  try {
    const stream = createReadStream(join(folder, LOG_NAME), { encoding: 'latin1', highWaterMark: PART_BYTES });
    for await (const part of stream) {
      const lines = (rest + (part as string)).split(/[\r\n]+/);
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
      if (rest.length > MAX_LINE) {
        onLine(rest);
        rest = '';
      }
    }
    if (rest !== '') onLine(rest);
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') throw diskFailure(thrown, 'reading the output of the engine');
  }
}

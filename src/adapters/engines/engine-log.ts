import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { diskFailure, errorCode, LOG_NAME } from './engine-files.js';

const PART_BYTES = 1 << 20;
/** A line longer than this is looked at in pieces: no engine's last words are that long. */
const MAX_LINE = 65_536;

/** All the engine wrote, the lines of one part of it after those of another, in bounded memory. Nothing where it wrote nothing. */
export async function* logLines(folder: string): AsyncGenerator<readonly string[]> {
  let rest = '';
  try {
    const stream = createReadStream(join(folder, LOG_NAME), { encoding: 'utf8', highWaterMark: PART_BYTES });
    for await (const part of stream) {
      const lines = (rest + (part as string)).split(/[\r\n]+/);
      rest = lines.pop() ?? '';
      while (rest.length > MAX_LINE) {
        lines.push(rest.slice(0, MAX_LINE));
        rest = rest.slice(MAX_LINE);
      }
      yield lines;
    }
    if (rest !== '') yield [rest];
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') throw diskFailure(thrown, 'reading the output of the engine');
  }
}

/** Goes through all the engine wrote, line by line. */
export async function eachLogLine(folder: string, onLine: (line: string) => void): Promise<void> {
  for await (const lines of logLines(folder)) for (const line of lines) onLine(line);
}

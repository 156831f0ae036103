import { BEGINNING } from './agent-script.js';

const BEGINNING_BYTES = Buffer.from(BEGINNING);
/** A login that prints more than this before anything is done is not waited for: what comes is damaged then. */
const MOST_BEFORE = 1 << 20;

/** What a session printed, without what the login printed before. */
export function afterBeginning(output: string): string {
  const at = output.indexOf(BEGINNING);
  return at < 0 ? '' : output.slice(at + BEGINNING.length);
}

/** The same for bytes that are too many to be held: what comes after the beginning is passed on as it comes. */
export async function* ownBytes(output: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let before: Buffer | null = Buffer.alloc(0);
  for await (const bytes of output) {
    if (before === null) {
      yield bytes;
      continue;
    }
    before = Buffer.concat([before, bytes]);
    const at = before.indexOf(BEGINNING_BYTES);
    if (at < 0 && before.length <= MOST_BEFORE) continue;
    yield at < 0 ? before : before.subarray(at + BEGINNING_BYTES.length);
    before = null;
  }
}

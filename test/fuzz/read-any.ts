import { slicePixels } from '../../src/adapters/dicom/reading/ct-slice-pixels.js';
import { entryOf } from '../../src/adapters/dicom/reading/header-reader.js';
import { parsePlan } from '../../src/adapters/dicom/reading/plan-parser.js';
import { CaseError } from '../../src/domain/errors.js';

export interface Answer {
  readonly outcome: 'read' | 'refused';
  readonly ms: number;
}
export type Part = 'header' | 'plan' | 'pixels';
export type Answers = Readonly<Record<Part, Answer>>;

/** Milliseconds in which the reader answers every file. */
export const LIMIT_MS = 2000;
/** Memory that reading one file takes beyond its own bytes. */
export const LIMIT_MIB = 64;

/**
 * What the reader makes of one input, whatever it is: as header of the inventory, as plan and as CT slice. Each is to be
 * an object or a refusal; anything else that is thrown comes through.
 */
export async function readAny(bytes: Buffer): Promise<Answers> {
  return {
    header: await readAs('header', bytes),
    plan: await readAs('plan', bytes),
    pixels: await readAs('pixels', bytes),
  };
}

export const readAs = (part: Part, bytes: Buffer): Promise<Answer> => answered(() => READERS[part](bytes));

const READERS: Readonly<Record<Part, (bytes: Buffer) => Promise<boolean>>> = {
  header: async (bytes) => {
    const entry = await entryOf('x', bytes, true, bytes.length);
    return entry !== 'more' && entry.kind !== 'unreadable' && entry.kind !== 'not-dicom';
  },
  plan: async (bytes) => (await parsePlan(bytes)).beams.length > 0,
  pixels: async (bytes) => (await slicePixels(bytes, 'x')).hu.length >= 0,
};

async function answered(read: () => Promise<boolean>): Promise<Answer> {
  const start = performance.now();
  const outcome = (await read().catch(refusal)) ? 'read' : 'refused';
  return { outcome, ms: performance.now() - start };
}

function refusal(thrown: unknown): false {
  if (thrown instanceof CaseError && thrown.severity === 'input') return false;
  throw thrown;
}

export const slowestMs = (answers: Answers): number => Math.max(...Object.values(answers).map(({ ms }) => ms));

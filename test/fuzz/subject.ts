import { CaseError } from '../../src/domain/errors.js';
import type { Mutations } from './mutate.js';

/** What is fuzzed: one kind of file from outside, and everything that reads it. */
export interface Subject {
  /** Right files, which mutations start from. */
  readonly seeds: () => readonly Buffer[];
  readonly mutations: Mutations;
  /** Memory that one reading takes at most beyond the bytes of the input. */
  readonly limitMiB: number;
  /** Each is given every input. True: read. Refused, it rejects with a CaseError that blames the file. */
  readonly readers: Readonly<Record<string, (bytes: Buffer) => Promise<boolean>>>;
  /** Inputs made on purpose, each the worst of its kind, by name. Each is made when it is wanted. */
  readonly hostile: Readonly<Record<string, () => Buffer>>;
}

export interface Answer {
  readonly outcome: 'read' | 'refused';
  readonly ms: number;
}
/** By reader. */
export type Answers = Readonly<Record<string, Answer>>;

/** Milliseconds in which the reader answers every file. */
export const LIMIT_MS = 2000;
/** Memory that reading one file of the share takes beyond its own bytes. */
export const FILE_LIMIT_MIB = 64;

/**
 * What each reader makes of one input, whatever it is: a result or a refusal; anything else that is thrown comes through.
 */
export async function readAny({ readers }: Subject, bytes: Buffer): Promise<Answers> {
  const answers: Record<string, Answer> = {};
  for (const [name, read] of Object.entries(readers)) answers[name] = await answered(() => read(bytes));
  return answers;
}

export async function readAs({ readers }: Subject, name: string, bytes: Buffer): Promise<Answer> {
  const read = readers[name];
  if (read === undefined) throw new Error(`no reader ${name}`);
  return answered(() => read(bytes));
}

async function answered(read: () => Promise<boolean>): Promise<Answer> {
  const start = performance.now();
  const outcome = (await read().catch(refusal)) ? 'read' : 'refused';
  return { outcome, ms: performance.now() - start };
}

/** Refused in words is an input error; a site's own interpreter that writes nonsense fails its case. */
function refusal(thrown: unknown): false {
  const isRefusal = thrown instanceof CaseError && ['input', 'permanent'].includes(thrown.severity);
  if (isRefusal && thrown.remedy !== '') return false;
  throw thrown;
}

export const slowestMs = (answers: Answers): number => Math.max(...Object.values(answers).map(({ ms }) => ms));

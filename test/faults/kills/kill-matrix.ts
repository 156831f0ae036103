import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { audit, type Audit } from './audit.js';
import { FaultRoot, type EngineKind } from './fault-root.js';
import type { MadeInputs } from './made-inputs.js';

/** One service that died at a point of its way with one case of two beams, and the one that came after it. */
export interface KillResult {
  /** `<name>: before|after#<k>`. */
  readonly point: string;
  /** False when this time the service came to its end without reaching the point so often. */
  readonly died: boolean;
  readonly audit: Audit;
  /** Times the engine was started; counted for the engine that copies only. */
  readonly engineRuns: number;
}

const CASE = 'case';
const BEAMS = 2;
/** Long enough for kills while it runs. */
const ENGINE_SECONDS = 0.2;

/** Which engine, and where: further settings of execution, for the path of a root; by default this machine. */
export interface MatrixCase {
  readonly engine: EngineKind;
  readonly execution?: (rootPath: string) => object;
}

const aRoot = (made: MadeInputs, where: MatrixCase): FaultRoot => {
  const root = new FaultRoot({ ...where, engineSeconds: ENGINE_SECONDS, slots: 2, doseFile: made.doseFile });
  root.drop(made.folder, CASE);
  return root;
};

/** Every point that an undisturbed run reaches, in order, each as often as it is reached: `<point>#<k>`. */
export async function pointsOf(made: MadeInputs, where: MatrixCase): Promise<readonly string[]> {
  const root = aRoot(made, where);
  try {
    const file = join(root.path, 'points');
    const { code, output } = await root.runWatched('', file);
    if (code !== 0) throw new Error(`the undisturbed run ended with ${String(code)}: ${output}`);
    const times = new Map<string, number>();
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((point) => {
        const count = (times.get(point) ?? 0) + 1;
        times.set(point, count);
        return `${point}#${String(count)}`;
      });
  } finally {
    root.remove();
  }
}

/** SIGKILL at each point, each on a root of its own; then the real service until nothing is left, and the audit. */
export async function killAtEach(
  made: MadeInputs,
  where: MatrixCase,
  points: readonly string[],
  each: (result: KillResult) => void = () => undefined,
): Promise<readonly KillResult[]> {
  // Each waits for quick polls and retries most of its time.
  const side = pLimit(3);
  return side.map([...points], async (point) => {
    const result = await killAt(made, where, point);
    each(result);
    return result;
  });
}

async function killAt(made: MadeInputs, where: MatrixCase, point: string): Promise<KillResult> {
  const root = aRoot(made, where);
  try {
    const first = await root.runWatched(point);
    const died = first.signal === 'SIGKILL';
    if (!died && first.code !== 0) throw new Error(`at ${point} the service ended by itself: ${first.output}`);
    const second = await root.runToEnd();
    const found = await audit(root, [CASE], BEAMS);
    const wrongs = second.code === 0 ? found.wrongs : [...found.wrongs, `the restart ended badly: ${second.output}`];
    return { point, died, audit: { ...found, wrongs }, engineRuns: root.engineRuns().length };
  } finally {
    root.remove();
  }
}

/** What of a result is not as promised, in words. */
export function brokenPromises({ point, audit: { losses, duplicates, wrongs } }: KillResult): readonly string[] {
  return [...losses, ...duplicates, ...wrongs].map((words) => `killed at ${point}: ${words}`);
}

/** Points of a job's way: from the attempt's number to what the beam's row says of its result. */
export const isOfTheJob = (point: string): boolean =>
  /^(attempt|engine|job|result)|moved by (submit|execute)|work\/(placed-on|asked|fetched|job|exit|engine|dose)/.test(
    point,
  );

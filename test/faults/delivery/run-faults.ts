import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from '../../../src/domain/case.js';
import { CaseError } from '../../../src/domain/errors.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { Random } from '../../fuzz/random.js';
import type { Choice, FaultPeer } from './fault-peer.js';
import { targetOf } from './target-spec.js';

const PROGRAM = fileURLToPath(new URL('../../../test-programs/deliver-one.js', import.meta.url));
/** After the fault nothing is wrong any more: the second try delivers, or one after a peer has noticed what was cut. */
const TRIES = 6;

/** What came of the try that met the fault. */
export type FirstEnd = 'delivered' | 'transient' | 'operator' | 'permanent' | 'killed';

export interface FaultResult {
  readonly kind: string;
  readonly stage: string;
  readonly fault: string;
  readonly struck: boolean;
  readonly first: FirstEnd;
  /** Code of the failure, if it was one. */
  readonly code: string;
  /** Of the object after all: not there; there more than once; called delivered, or shown under its name, and not whole. */
  readonly missing: boolean;
  readonly duplicated: boolean;
  readonly wrong: readonly string[];
}

interface End {
  readonly status?: string;
  readonly severity?: string;
  readonly code?: string;
  readonly unclassified?: string;
}

/**
 * Does so many random faults to deliveries to a peer, each choice about equally often, and after each looks at what is there.
 * The same seed gives the same faults.
 */
export async function runFaults(
  peer: FaultPeer,
  { count, seed, place }: { readonly count: number; readonly seed: number; readonly place: string },
  tell: (result: FaultResult, n: number) => void = () => undefined,
): Promise<readonly FaultResult[]> {
  const random = new Random(seed);
  const results: FaultResult[] = [];
  let left: Choice[] = [];
  for (let n = 1; n <= count; n += 1) {
    if (left.length === 0) left = [...peer.choices];
    const [choice] = left.splice(random.below(left.length), 1);
    if (choice === undefined) throw new Error('a peer without faults');
    const dose = peer.dose(join(place, `${peer.kind}-${String(n)}.dcm`), random);
    const result = await oneFault(peer, choice, dose, random);
    rmSync(dose.path, { force: true });
    results.push(result);
    tell(result, n);
  }
  return results;
}

async function oneFault(peer: FaultPeer, choice: Choice, dose: MadeDose, random: Random): Promise<FaultResult> {
  const kase = aCase({ folder: `f-${dose.sopInstanceUid}` });
  const wrong: string[] = [];
  let child: ChildProcess | null = null;
  const sabotage = choice.arm(random, () => child?.kill('SIGKILL'));
  const sender = targetOf(peer.spec());
  let struckInside = false;
  let end: End;
  if (choice.inProcess) {
    const given = JSON.stringify({ spec: peer.spec(), kase, dose, sabotage });
    child = spawn(process.execPath, [PROGRAM, given], { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await whatItSaid(child);
    struckInside = said.includes('struck');
    end = (said.length === 0 || said.at(-1) === 'struck' ? {} : JSON.parse(said.at(-1) ?? '{}')) as End;
  } else end = await tried(sender, kase, dose);
  const struck = peer.struck() || struckInside;
  wrong.push(...misjudged(choice, end));
  await peer.heal();
  await look(peer, dose, end, wrong);
  for (let tries = 1; end.status !== 'delivered' && tries < TRIES; tries += 1) {
    const again = await tried(sender, kase, dose);
    await look(peer, dose, again, wrong);
    if (again.status === 'delivered') break;
  }
  await sender.finish(kase, []);
  const copies = await peer.copies(dose);
  return {
    kind: peer.kind,
    stage: choice.stage,
    fault: choice.fault,
    struck,
    first: firstEnd(end),
    code: end.code ?? '',
    missing: copies.length === 0,
    duplicated: copies.length > 1,
    wrong,
  };
}

/** A fault of the line must never end a case or call for a person, and none may be an error that nobody understands. */
function misjudged({ mustBeTriedAgain }: Choice, { severity, code, unclassified }: End): readonly string[] {
  if (unclassified !== undefined) return [`an error that is not understood: ${unclassified}`];
  if (mustBeTriedAgain && severity !== undefined && severity !== 'transient') {
    return [`a passing fault became ${severity}: ${code ?? ''}`];
  }
  return [];
}

const firstEnd = ({ status, severity }: End): FirstEnd =>
  status === 'delivered' ? 'delivered' : ((severity ?? 'killed') as FirstEnd);

function tried(sender: ReturnType<typeof targetOf>, kase: Case, dose: MadeDose): Promise<End> {
  return sender.deliver(kase, dose, new AbortController().signal).then(
    ({ status }): End => ({ status }),
    (error: unknown): End => {
      if (!(error instanceof CaseError)) return { unclassified: error instanceof Error ? (error.stack ?? '') : '?' };
      return { severity: error.severity, code: error.code };
    },
  );
}

/** What is shown under the object's name is always the whole object; what was called delivered is there. */
async function look(peer: FaultPeer, dose: MadeDose, { status }: End, wrong: string[]): Promise<void> {
  const copies = await peer.copies(dose);
  const digest = peer.digest(dose);
  if (copies.some((copy) => copy !== digest)) wrong.push('another content under its name');
  if (status === 'delivered' && copies.length === 0) wrong.push('called delivered and is not there');
}

/** Lines, once it has ended by itself or by a signal. */
function whatItSaid(child: ChildProcess): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString('utf8')));
    child.on('error', reject);
    child.on('close', () => {
      resolve(said.split('\n').filter((line) => line !== ''));
    });
  });
}

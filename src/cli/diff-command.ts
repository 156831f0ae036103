import { InvalidArgumentError, type Command } from 'commander';
import type { Beam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import { GAMMA_2_2, type DoseComparison, type GammaCriteria } from '../domain/dose-comparison.js';
import { operator, type CaseError } from '../domain/errors.js';
import { isThere } from '../files/is-there.js';
import { CaseQueries } from '../ports/case-queries.js';
import { DoseComparer } from '../ports/dose-comparer.js';
import { WorkFolders } from '../ports/work-folders.js';
import type { CommandContext, CommandHost, PortSource } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { causeLines, causesOf, type Causes } from './diff-causes.js';
import { findCase, noSuchCase } from './find-case.js';
import { readRunRecord } from './read-run-record.js';
import { plainJson } from './terminal/plain-text.js';
import { table, type Column } from './terminal/table.js';
import { withDatabase } from './with-database.js';

interface DiffOptions {
  readonly criteria: GammaCriteria;
}

/** One dose of the two runs, compared; `beam` null: the plan's. */
interface Compared extends DoseComparison {
  readonly beam: number | null;
}

const percentOf = (part: number, whole: number): string =>
  whole === 0 ? '' : `${((100 * part) / whole).toFixed(2)} %`;

const COLUMNS: readonly Column<Compared>[] = [
  { title: 'dose', cell: ({ beam }) => (beam === null ? 'plan' : `beam ${String(beam)}`) },
  { title: 'max Gy', cell: ({ difference }) => difference.referenceMaxGy.toPrecision(5), align: 'right' },
  { title: 'then', cell: ({ difference }) => difference.evaluatedMaxGy.toPrecision(5), align: 'right' },
  { title: 'mean difference', cell: ({ difference: d }) => percentOf(d.meanGy, d.referenceMaxGy), align: 'right' },
  { title: 'sigma', cell: ({ difference: d }) => percentOf(d.sigmaGy, d.referenceMaxGy), align: 'right' },
  { title: 'largest', cell: ({ difference: d }) => percentOf(d.largestGy, d.referenceMaxGy), align: 'right' },
  { title: 'at mm', cell: ({ difference }) => difference.largestAtMm?.map((mm) => mm.toFixed(1)).join(' ') ?? '' },
  { title: 'gamma passes', cell: ({ gamma }) => percentOf(gamma.passed, gamma.points), align: 'right' },
  { title: 'mean', cell: ({ gamma }) => gamma.mean.toFixed(3), align: 'right' },
  { title: 'max', cell: ({ gamma }) => gamma.max.toFixed(2), align: 'right' },
  { title: '', cell: ({ difference }) => (difference.identical ? 'the same in every voxel' : '') },
];

/** `mqi diff RUN RUN`. */
export function diffCommand({ program, run }: CommandHost): void {
  program
    .command('diff')
    .argument('<reference>', 'id of a case, or the start of one: one run of a folder')
    .argument('<evaluated>', 'id of another')
    .description('compare the doses of two runs: differences, and the gamma index of the second against the first')
    .option('--criteria <percent/mm>', 'of the gamma index, of the highest dose and of distance', criteriaOf, GAMMA_2_2)
    .option('--json', 'print {"doses":[...]}')
    .action((reference: string, evaluated: string, options: DiffOptions, command: Command) =>
      run(command, (context) => diff(context, [reference, evaluated], options)),
    );
}

function criteriaOf(text: string): GammaCriteria {
  const [, percent, mm] = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const criteria = { ...GAMMA_2_2, dosePercent: Number(percent), distanceMm: Number(mm) };
  if (criteria.dosePercent > 0 && criteria.distanceMm > 0) return criteria;
  throw new InvalidArgumentError('percent and mm, as in 2/2.');
}

async function diff(context: CommandContext, wanted: readonly string[], { criteria }: DiffOptions): Promise<ExitCode> {
  const { doses, causes } = await withDatabase(context, (ports) => compared(ports, wanted, criteria, context.signal));
  const { terminal, json } = context;
  terminal.out(
    json
      ? plainJson({ criteria, doses, ...causes })
      : `${table(doses, COLUMNS, terminal.columns).join('\n')}\n${causeLines(causes)}`,
  );
  return EXIT.done;
}

async function compared(
  ports: PortSource,
  [first = '', second = '']: readonly string[],
  criteria: GammaCriteria,
  signal: AbortSignal,
): Promise<{ readonly doses: readonly Compared[]; readonly causes: Causes }> {
  const [one, other] = [await runOf(ports, first), await runOf(ports, second)];
  const doses: Compared[] = [];
  for (const [beam, reference] of one.files) {
    const evaluated = other.files.get(beam);
    if (evaluated === undefined) continue;
    doses.push({ beam, ...(await ports.get(DoseComparer).compare(reference, evaluated, criteria, signal)) });
  }
  if (doses.length === 0) throw nothingToCompare('the two runs have no dose in common');
  const folders = ports.get(WorkFolders);
  return { doses, causes: causesOf(await readRunRecord(folders, one.kase), await readRunRecord(folders, other.kase)) };
}

interface RunDoses {
  /** The run that calculated. */
  readonly kase: Case;
  /** Files by beam number; null: the plan's. */
  readonly files: ReadonlyMap<number | null, string>;
}

/** Of the run that calculated, where a run only compares further deliveries. */
async function runOf(ports: PortSource, wanted: string): Promise<RunDoses> {
  const [queries, folders] = [ports.get(CaseQueries), ports.get(WorkFolders)];
  const meant = await findCase(queries, wanted);
  const record = await queries.record(meant.resultsOf ?? meant.id);
  if (record === null) throw noSuchCase(wanted);
  const { kase, beams } = record;
  if (await isThere(folders.cleaned(kase))) {
    throw nothingToCompare(`the work folder of case ${kase.id} was cleaned: its doses are at the targets alone`);
  }
  const files = new Map<number | null, string>(converted(beams, (n) => folders.beamDose(kase, n)));
  if (hasPlanDose(kase)) files.set(null, folders.planDose(kase));
  return { kase, files };
}

const converted = (beams: readonly Beam[], file: (beamNumber: number) => string): [number, string][] =>
  beams.flatMap(({ state, beamNumber }) => (state === 'converted' ? [[beamNumber, file(beamNumber)]] : []));

const hasPlanDose = ({ state }: Case): boolean => state === 'assembled' || state === 'completed';

const nothingToCompare = (why: string): CaseError =>
  operator('dose.nothing-to-compare', why, {
    remedy: 'compare runs that have doses in their work folders: mqi case ID',
  });

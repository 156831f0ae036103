import { Option, type Command } from 'commander';
import { folderKey } from '../domain/case-folder.js';
import { ACTIVE_STATES, CASE_STATES, type CaseState } from '../domain/case-machine.js';
import type { EpochMs } from '../domain/time.js';
import { CaseQueries, type CaseFilter } from '../ports/case-queries.js';
import { arrivalView, onlyIfAny, type ArrivalView } from '../workflow/arrival-view.js';
import { caseView, type CaseView } from '../workflow/case-view.js';
import { outlookOf } from '../workflow/outlook.js';
import { caseColumns } from './case-columns.js';
import { folderWords } from './folder-words.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { settingsOf } from './configuration.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { listLegacyCases } from './legacy-cases.js';
import { pastTime, wholeNumber } from './option-values.js';
import { localTimes } from './terminal/local-times.js';
import { plainJson, plainText } from './terminal/plain-text.js';
import { table } from './terminal/table.js';
import { withDatabase } from './with-database.js';

interface CasesOptions {
  readonly state?: readonly CaseState[];
  readonly since?: EpochMs;
  readonly search?: string;
  readonly limit?: number;
  readonly held?: boolean;
  readonly waiting?: boolean;
  readonly legacy?: boolean;
}

/** `mqi cases`. */
export function casesCommand({ program, now, run }: CommandHost): void {
  program
    .command('cases')
    .description('list cases, newest first')
    .addOption(new Option('--state <state...>', 'only cases in this state; may be repeated').choices(CASE_STATES))
    .option('--since <time>', 'only cases made since then: 2026-11-23, 2026-11-23T08:00, 90m, 12h, 7d', pastTime(now))
    .option('--search <text>', 'only cases with this text in their id, folder or plan label')
    .option('--limit <n>', 'at most so many', wholeNumber(1))
    .option('--held', 'only cases held for an operator')
    .option('--waiting', 'only cases that wait: for files, for an operator, or to be tried again')
    .option('--legacy', 'the cases of the predecessor, as mqi import-legacy read them; with --search and --limit')
    .option('--json', 'print {"cases":[...], "arriving":[...]}')
    .action((options: CasesOptions, command: Command) =>
      run(command, (context) => (options.legacy === true ? listLegacyCases : listCases)(context, options)),
    );
}

async function listCases(context: CommandContext, options: CasesOptions): Promise<ExitCode> {
  const { rows, arrivals, outlook } = await withDatabase(context, async (ports) => {
    const queries = ports.get(CaseQueries);
    const list = await queries.list(filterOf(options));
    const foreseen = await outlookOf(queries, context.now(), settingsOf(context).execution.slots);
    return { rows: list, arrivals: await queries.arriving(), outlook: foreseen };
  });
  const views = rows.map((row) => caseView(row, context.now(), outlook));
  const cases = options.waiting === true ? views.filter(waits).slice(0, options.limit) : views;
  const arriving = arrivals.map((arrival) => arrivalView(arrival, context.now())).filter(isAskedFor(options));
  const text = (): string => `${arrivingLines(arriving)}${asText(cases, context.terminal.columns)}`;
  context.terminal.out(context.json ? plainJson({ cases, ...onlyIfAny(arriving) }) : text());
  return EXIT.done;
}

/** That a case waits is worked out from its row, so there the limit can only be applied after the query. */
function filterOf({ state, since, search, limit, held, waiting }: CasesOptions): CaseFilter {
  const states = state ?? (waiting === true ? ACTIVE_STATES : undefined);
  return {
    ...(states && { states }),
    ...(held === true && { held }),
    ...(since !== undefined && { since }),
    ...(search !== undefined && { search }),
    ...(limit !== undefined && waiting !== true && { limit }),
  };
}

/** A folder that is no case yet has no state, and nobody holds it. */
function isAskedFor({ state, held, search }: CasesOptions): (arrival: ArrivalView) => boolean {
  if (state !== undefined || held === true) return () => false;
  const text = folderKey(search ?? '');
  return ({ folder }) => folderKey(folder).includes(text);
}

const arrivingLines = (arriving: readonly ArrivalView[]): string =>
  arriving.map((arrival) => `${plainText(folderWords(arrival))}: ${localTimes(arrival.status)}\n`).join('');

const waits = (view: CaseView): boolean => view.waitingFor !== null || view.nextAttemptAt !== null;

function asText(cases: readonly CaseView[], columns: number): string {
  if (cases.length === 0) return 'no cases\n';
  return `${table(cases, caseColumns(cases), columns).join('\n')}\n`;
}

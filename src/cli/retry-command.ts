import { Option, type Command } from 'commander';
import type { Case } from '../domain/case.js';
import { STEP_NAMES, type StepName } from '../domain/case-machine.js';
import type { RetryRequest } from '../ports/case-control.js';
import { CaseQueries } from '../ports/case-queries.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { controlCases } from './control-cases.js';
import type { ExitCode } from './exit-code.js';
import { findCases } from './find-case.js';
import { wholeNumber } from './option-values.js';
import { usageError } from './usage-error.js';
import { withDatabase } from './with-database.js';

interface RetryOptions {
  readonly failed?: boolean;
  readonly held?: boolean;
  readonly beam?: number;
  readonly from?: StepName | 'deliver';
}

/** `mqi retry`. */
export function retryCommand({ program, run }: CommandHost): void {
  program
    .command('retry')
    .argument('[id...]', 'ids of cases, or starts of them or of folder names')
    .description('clear the failure and go on; finished beams are kept')
    .option('--failed', 'all failed cases')
    .option('--held', 'all cases held for an operator')
    .option('--beam <n>', 'redo just this beam and what depends on it', wholeNumber(0))
    .addOption(
      new Option('--from <step>', 'redo from this step; deliver and upload are one').choices([
        ...STEP_NAMES,
        'deliver',
      ]),
    )
    .option('--json', 'print {"cases":[...]}')
    .action((ids: string[], options: RetryOptions, command: Command) =>
      run(command, (context) => retry(context, ids, options)),
    );
}

async function retry(context: CommandContext, ids: readonly string[], options: RetryOptions): Promise<ExitCode> {
  const many = options.failed === true || options.held === true;
  if (many === ids.length > 0) {
    throw usageError('retry wants either ids or --failed or --held', 'see: mqi retry --help');
  }
  if (options.beam !== undefined && (many || ids.length > 1)) {
    throw usageError('--beam names a beam of one case', 'give one id');
  }
  const request: RetryRequest = {
    ...(options.beam !== undefined && { beamNumber: options.beam }),
    ...(options.from !== undefined && { from: options.from === 'deliver' ? 'upload' : options.from }),
  };
  return withDatabase(context, async (ports) => {
    const queries = ports.get(CaseQueries);
    const cases = many ? await selected(queries, options) : await findCases(queries, ids);
    return controlCases(context, ports, cases, (control, kase) => control.retry(kase.id, request, context.actor));
  });
}

/** Failed or held cases, oldest first; only the newest run of a folder, since an older one's files are gone. */
async function selected(queries: CaseQueries, { failed, held }: RetryOptions): Promise<readonly Case[]> {
  const rows = [
    ...(failed === true ? await queries.list({ states: ['failed'] }) : []),
    ...(held === true ? await queries.list({ held: true }) : []),
  ];
  const found = new Map<string, Case>();
  for (const { kase } of rows) {
    const newest = await queries.matching(kase.folder);
    if (newest.some(({ id }) => id === kase.id)) found.set(kase.id, kase);
  }
  return [...found.values()].sort((a, b) => a.createdAt - b.createdAt);
}

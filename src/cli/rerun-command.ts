import type { Command } from 'commander';
import type { Case } from '../domain/case.js';
import { operator, type CaseError } from '../domain/errors.js';
import { inputChanges, type InputHash } from '../domain/input-file.js';
import { basisChanges, type RunRecord } from '../domain/run-record.js';
import { CaseQueries } from '../ports/case-queries.js';
import { Inboxes } from '../ports/inboxes.js';
import { RunBasisSource } from '../ports/run-basis-source.js';
import { WorkFolders } from '../ports/work-folders.js';
import type { CommandContext, CommandHost, PortSource } from './command-context.js';
import { changeLine, controlOne } from './control-cases.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { findCase } from './find-case.js';
import { readRunRecord } from './read-run-record.js';
import { plainJson } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

/** `mqi rerun ID`. */
export function rerunCommand({ program, run }: CommandHost): void {
  program
    .command('rerun')
    .argument('<id>', 'id of a completed case, or any unambiguous start of it or of the folder name')
    .description('calculate a completed case once more, as a further run of its folder')
    .option('--as-before', 'only if all that its doses depend on is what it was; says what is not')
    .option('--json', 'print the new case')
    .action((id: string, options: { readonly asBefore?: boolean }, command: Command) =>
      run(command, (context) => rerun(context, id, options.asBefore === true)),
    );
}

async function rerun(context: CommandContext, wanted: string, asBefore: boolean): Promise<ExitCode> {
  const view = await withDatabase(context, async (ports) => {
    const kase = await findCase(ports.get(CaseQueries), wanted);
    if (kase.state !== 'completed') throw refused(`it is ${kase.state}; only a completed case is run again`);
    if (asBefore) await requireAsBefore(ports, kase, context.signal);
    const reason = asBefore ? `as run ${String(kase.run)}` : 'run again';
    return controlOne(
      ports,
      kase,
      (control, { id }) => control.retry(id, { from: 'validate', reason }, context.actor),
      context.now(),
    );
  });
  context.terminal.out(context.json ? plainJson(view) : changeLine(view));
  return EXIT.done;
}

async function requireAsBefore(ports: PortSource, kase: Case, signal: AbortSignal): Promise<void> {
  if (kase.resultsOf !== null) throw refused(`it has no doses of its own: they are those of case ${kase.resultsOf}`);
  const { bases, dropped } = await recordOf(ports, kase);
  const [then, ...more] = bases;
  if (then === undefined) throw refused('its record does not say what it was calculated with');
  const now = await ports.get(RunBasisSource).basis(Object.keys(then.beamModels));
  const changes = [
    ...(more.length > 0 ? ['settings: they were changed while it was calculated'] : []),
    ...(await changedInput(ports, kase, dropped ?? null, signal)),
    ...basisChanges(then, now),
  ];
  if (changes.length > 0) throw refused(`not everything is as it was: ${changes.join('; ')}`);
}

/** By content where that was noted, else by the digest of names, sizes and times. */
async function changedInput(
  ports: PortSource,
  kase: Case,
  then: readonly InputHash[] | null,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { fingerprint } = await ports.get(Inboxes).look(kase);
  const now = then === null ? null : await ports.get(RunBasisSource).inputs(kase, signal);
  if (then !== null && now !== null) return inputChanges(then, now).map((change) => `input: ${change}`);
  return fingerprint === kase.fingerprint ? [] : ['input: files of the dropped folder have changed since'];
}

async function recordOf(ports: PortSource, kase: Case): Promise<RunRecord> {
  const record = await readRunRecord(ports.get(WorkFolders), kase);
  if (record === null) {
    throw refused('it has no record: it was calculated by an earlier version, or the record was removed');
  }
  return record;
}

const refused = (why: string): CaseError =>
  operator('case.refused', why, { remedy: 'put back what has changed, or leave out --as-before: mqi rerun ID' });

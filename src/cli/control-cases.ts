import type { Case } from '../domain/case.js';
import { CaseError, toCaseError } from '../domain/errors.js';
import type { EpochMs } from '../domain/time.js';
import { CaseControl } from '../ports/case-control.js';
import { CaseQueries } from '../ports/case-queries.js';
import { caseView, type CaseView } from '../workflow/case-view.js';
import type { CommandContext, PortSource } from './command-context.js';
import { folderWords } from './folder-words.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-code.js';
import { failureLine } from './failure-line.js';
import { localTimes } from './terminal/local-times.js';
import { plainJson, plainText } from './terminal/plain-text.js';

/** One thing done to one case. */
export type CaseAction = (control: CaseControl, kase: Case) => Promise<Case>;

/**
 * Does `act` to every case and says so, one line for each; a case that refuses does not keep the others from it.
 * @returns done, or the exit code of the first failure
 */
export async function controlCases(
  context: CommandContext,
  ports: PortSource,
  cases: readonly Case[],
  act: CaseAction,
): Promise<ExitCode> {
  const changed: CaseView[] = [];
  let exit: ExitCode = EXIT.done;
  for (const kase of cases) {
    try {
      changed.push(await controlOne(ports, kase, act, context.now()));
    } catch (thrown) {
      const error = toCaseError(thrown);
      context.terminal.err(failureLine(error));
      if (exit === EXIT.done) exit = exitCodeOf(error);
    }
  }
  context.terminal.out(context.json ? plainJson({ cases: changed }) : changed.map(changeLine).join(''));
  return exit;
}

/** Does `act` and gives the case as it is then. Failures name the case. */
export async function controlOne(ports: PortSource, kase: Case, act: CaseAction, now: EpochMs): Promise<CaseView> {
  try {
    return await viewOf(ports, await act(ports.get(CaseControl), kase), now);
  } catch (thrown) {
    const { severity, code, message, remedy } = toCaseError(thrown);
    throw new CaseError(severity, code, `case ${kase.id}: ${message}`, { remedy, cause: thrown });
  }
}

/** The case as lists show it, read back; should it have vanished meanwhile, as the change left it. */
export async function viewOf(ports: PortSource, kase: Case, now: EpochMs): Promise<CaseView> {
  const record = await ports.get(CaseQueries).record(kase.id);
  return caseView(record ?? { kase, beamsDone: 0 }, now);
}

export const changeLine = ({ id, inbox, folder, state, status }: CaseView): string =>
  `${id}  ${plainText(folderWords({ inbox, folder }))}  ${state}: ${plainText(localTimes(status))}\n`;

import { CaseQueries } from '../ports/case-queries.js';
import { changeLine, controlOne, type CaseAction } from './control-cases.js';
import type { CommandContext } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { findCase } from './find-case.js';
import { plainJson } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

/** Does one thing to the one case meant, and prints it as it is then. */
export async function controlCase(context: CommandContext, wanted: string, act: CaseAction): Promise<ExitCode> {
  const view = await withDatabase(context, async (ports) => {
    const kase = await findCase(ports.get(CaseQueries), wanted);
    return controlOne(ports, kase, act, context.now());
  });
  context.terminal.out(context.json ? plainJson(view) : changeLine(view));
  return EXIT.done;
}

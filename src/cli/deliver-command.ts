import type { Command } from 'commander';
import { DeliveryControl } from '../ports/delivery-control.js';
import { CaseQueries } from '../ports/case-queries.js';
import type { TargetView } from '../workflow/target-view.js';
import { localTime } from './case-columns.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { changeLine, viewOf } from './control-cases.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { findCase } from './find-case.js';
import { configuredTargets } from './targets-command.js';
import { localTimes } from './terminal/local-times.js';
import { plainJson, plainText } from './terminal/plain-text.js';
import { withDatabase } from './with-database.js';

/** `mqi deliver`. */
export function deliverCommand({ program, run }: CommandHost): void {
  program
    .command('deliver')
    .argument('<id>', 'id of the case, or any unambiguous start of it or of the folder name')
    .description('deliver the results again and prove it again, also of a completed case; the service does it')
    .option('--target <name>', 'only to this upload target')
    .option('--json', 'print the case, and in targetsDown which of the targets are down')
    .action((id: string, { target }: { target?: string }, command: Command) =>
      run(command, (context) => deliver(context, id, target ?? null)),
    );
}

async function deliver(context: CommandContext, wanted: string, target: string | null): Promise<ExitCode> {
  const { view, targetsDown } = await withDatabase(context, async (ports) => {
    const { id } = await findCase(ports.get(CaseQueries), wanted);
    const kase = await ports.get(DeliveryControl).deliver(id, target, context.actor);
    const asked = (await configuredTargets(ports)).filter(({ name }) => target === null || name === target);
    return {
      view: await viewOf(ports, kase, context.now()),
      targetsDown: asked.filter(({ state }) => state === 'down'),
    };
  });
  const text = (): string => [changeLine(view), ...targetsDown.map(downLine)].join('');
  context.terminal.out(context.json ? plainJson({ ...view, targetsDown }) : text());
  return EXIT.done;
}

/** Asked for, and yet it may not be there soon. */
function downLine({ name, nextProbeAt, error }: TargetView): string {
  const why = error === null ? '' : ` (${localTimes(`${error.message}; ${error.remedy}`)})`;
  const next = `the service tries it once now; should that fail, again about ${localTime(nextProbeAt)}`;
  return `${plainText(`target ${name} is down${why}: ${next}`)}\n`;
}

import type { Command } from 'commander';
import type { CaseRecord } from '../ports/case-queries.js';
import { CaseQueries } from '../ports/case-queries.js';
import { LogReader, type LogSource } from '../ports/log-reader.js';
import type { CommandContext, CommandHost, PortSource } from './command-context.js';
import { settingsOf } from './configuration.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { findCase, noSuchCase } from './find-case.js';
import { isOfBeam, logText, logValue } from './log-text.js';
import { wholeNumber } from './option-values.js';
import { plainJson } from './terminal/plain-text.js';
import { usageError } from './usage-error.js';
import { withDatabase } from './with-database.js';

interface LogsOptions {
  readonly beam?: number;
  readonly engine?: boolean;
  readonly interpreter?: boolean;
  readonly follow?: boolean;
  readonly lines: number;
}

/** `mqi logs [ID]`. */
export function logsCommand({ program, run }: CommandHost): void {
  program
    .command('logs')
    .argument('[id]', 'id of a case, or any unambiguous start of it or of the folder name')
    .description("show the service's log, a case's, or an engine's own output")
    .option('--beam <n>', 'only lines of this beam; with --engine, the output of its engine', wholeNumber(0))
    .option('--engine', 'what the engine printed in the newest attempt of the beam')
    .option('--interpreter', "what the site's own interpreter printed when it was last run (interpretation.command)")
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('-n, --lines <n>', 'how many of the last lines', wholeNumber(0), 200)
    .option('--json', 'print {"lines":[...]}')
    .action((id: string | undefined, options: LogsOptions, command: Command) =>
      run(command, (context) => showLogs(context, id, options)),
    );
}

async function showLogs(context: CommandContext, id: string | undefined, options: LogsOptions): Promise<ExitCode> {
  requireSense(id, options, context.json);
  if (id === undefined) {
    return print(context, await context.wiring.build(settingsOf(context)), { kind: 'service' }, options);
  }
  return withDatabase(context, async (ports) => {
    const queries = ports.get(CaseQueries);
    const record = await queries.record((await findCase(queries, id)).id);
    if (record === null) throw noSuchCase(id);
    return print(context, ports, sourceOf(record, options), options);
  });
}

/** Refuses options that contradict each other. */
function requireSense(id: string | undefined, options: LogsOptions, json: boolean): void {
  const given = (...names: readonly (keyof LogsOptions)[]): boolean =>
    names.some((name) => options[name] !== undefined && options[name] !== false);
  if (json && given('follow')) {
    throw usageError('--json prints one document, --follow never ends', 'leave one of them out');
  }
  if (given('interpreter') && given('engine', 'beam')) {
    throw usageError('--interpreter is of the whole case', 'leave --engine and --beam out');
  }
  if (id === undefined && given('beam', 'engine', 'interpreter')) {
    throw usageError('--beam, --engine and --interpreter belong to a case', 'give its id');
  }
}

function sourceOf({ kase, beams }: CaseRecord, { beam: wanted, engine, interpreter }: LogsOptions): LogSource {
  if (interpreter === true) return { kind: 'interpreter', caseId: kase.id, run: kase.run };
  if (engine !== true) return { kind: 'case', caseId: kase.id };
  const numbers = beams.map(({ beamNumber }) => String(beamNumber)).join(', ');
  if (wanted === undefined && beams.length > 1)
    throw usageError('--engine wants a beam', `give --beam, one of ${numbers}`);
  const beam = wanted === undefined ? beams[0] : beams.find(({ beamNumber }) => beamNumber === wanted);
  if (beam === undefined) {
    throw usageError(
      'the case has no such beam',
      numbers === '' ? 'its plan is not read yet' : `give one of ${numbers}`,
    );
  }
  return { kind: 'engine', caseId: kase.id, run: kase.run, beamNumber: beam.beamNumber, attempt: beam.attempt };
}

async function print(
  context: CommandContext,
  ports: PortSource,
  source: LogSource,
  { beam, follow, lines }: LogsOptions,
): Promise<ExitCode> {
  const reader = ports.get(LogReader);
  const isShown = (line: string): boolean => source.kind === 'engine' || beam === undefined || isOfBeam(line, beam);
  // Lines of one beam are picked out of all lines, so as many as are wanted can be found.
  const read = source.kind === 'engine' || beam === undefined ? lines : Number.MAX_SAFE_INTEGER;
  if (follow === true) {
    for await (const line of reader.follow(source, lines, context.signal)) {
      if (isShown(line)) context.terminal.out(`${logText(line)}\n`);
    }
    return EXIT.done;
  }
  const found = lines === 0 ? [] : (await reader.tail(source, read)).filter(isShown).slice(-lines);
  context.terminal.out(
    context.json ? plainJson({ lines: found.map(logValue) }) : found.map((line) => `${logText(line)}\n`).join(''),
  );
  return EXIT.done;
}

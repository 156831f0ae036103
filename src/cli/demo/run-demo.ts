import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { permanent, type CaseError } from '../../domain/errors.js';
import { CaseControl } from '../../ports/case-control.js';
import { CaseQueries } from '../../ports/case-queries.js';
import { Clock } from '../../ports/clock.js';
import { caseDetailView, type CaseDetailView } from '../../workflow/case-view.js';
import type { CommandContext, PortSource } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { durationWords } from '../terminal/duration-words.js';
import { plainText } from '../terminal/plain-text.js';
import { DemoScreen } from './demo-screen.js';

const LOOK_MS = 200;

/** The service under the demo, as far as it is watched here. */
export interface WatchedService {
  readonly running: boolean;
  readonly page: string | null;
  readonly lastLines: readonly string[];
  ended(): Promise<unknown>;
}

export interface Demo {
  readonly context: CommandContext;
  readonly ports: PortSource;
  readonly service: WatchedService;
  /** The case folder, below the inbox. */
  readonly folder: string;
  readonly root: string;
  readonly keep: boolean;
}

/** Shows the case until it has ended; then says where the RT Dose is, or throws why there is none. */
export async function runDemo(demo: Demo): Promise<ExitCode> {
  const { context, ports, service, keep } = demo;
  const clock = ports.get(Clock);
  const startedAt = clock.monotonicMs();
  const view = await watched(demo, startedAt);
  if (context.signal.aborted) {
    await endJobs(demo, view);
    throw permanent('demo.interrupted', 'the demo was interrupted', { remedy: 'start it again: npm run demo' });
  }
  if (view?.state !== 'completed') throw reasonOf(demo, view);
  context.terminal.out(resultText(view, clock.monotonicMs() - startedAt, demo.root));
  if (keep) {
    context.terminal.out(`the service goes on at ${(await pageOf(demo)) ?? 'no address'} until Ctrl-C\n`);
    await Promise.race([service.ended(), aborted(context.signal)]);
  }
  return EXIT.done;
}

/** The case as it was last seen: ended, held, or when the service ended or the demo was interrupted. */
async function watched(demo: Demo, startedAt: number): Promise<CaseDetailView | null> {
  const { context, ports, service } = demo;
  const clock = ports.get(Clock);
  const screen = await DemoScreen.on(context.terminal);
  try {
    for (;;) {
      const running = service.running;
      const view = await present(demo);
      if (view !== null) screen.show(view, clock.monotonicMs() - startedAt, await pageOf(demo));
      const over = view !== null && (view.finishedAt !== null || view.status.startsWith('held: '));
      if (over || !running || context.signal.aborted) return view;
      await clock.sleep(LOOK_MS, context.signal);
    }
  } finally {
    screen.done();
  }
}

async function present({ context, ports, folder }: Demo): Promise<CaseDetailView | null> {
  const queries = ports.get(CaseQueries);
  const [kase] = await queries.matching(folder);
  const record = kase === undefined ? null : await queries.record(kase.id);
  return record === null ? null : caseDetailView(record, context.now());
}

/** Jobs outlive the service by design; those of a demo must not outlive the demo. */
async function endJobs({ context, ports }: Demo, view: CaseDetailView | null): Promise<void> {
  if (view === null || view.finishedAt !== null) return;
  await ports.get(CaseControl).cancel(view.id, context.actor);
}

function reasonOf({ service, root }: Demo, view: CaseDetailView | null): CaseError {
  const remedy = `see the log: ${root}/logs/mqi.log`;
  if (view !== null && view.error !== null) return permanent('demo.failed', view.status, { remedy: view.error.remedy });
  const said = service.lastLines.at(-1);
  const words = view === null ? 'the service ended before it took the case' : `the case ended as ${view.status}`;
  return permanent('demo.failed', said === undefined ? words : `${words} (${said})`, { remedy });
}

function resultText(view: CaseDetailView, tookMs: number, root: string): string {
  const places = view.receipts.map(({ location }) => location ?? '').sort();
  return [
    `done in ${durationWords(tookMs)}. RT Dose of ${String(view.beamsDone)} beams and of the plan:`,
    ...places.map((place) => `  ${plainText(place)}`),
    `more of it: npx mqi case ${view.id} --root ${root}`,
    '',
  ].join('\n');
}

/** The address of the live page; with its token for a person at a terminal, who started the demo. */
async function pageOf({ service: { page }, root, context }: Demo): Promise<string | null> {
  if (page === null || !context.terminal.interactive) return page;
  return `${page}#token=${(await readFile(join(root, 'web-token'), 'utf8')).trim()}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

import type { Command } from 'commander';
import { CaseQueries } from '../ports/case-queries.js';
import { afterLook } from '../domain/gpu-rules.js';
import { GpuFinder } from '../ports/gpu-finder.js';
import { Settings } from '../ports/settings.js';
import { whyOnCpu } from '../domain/place-without-gpu.js';
import { resourceView, type ResourceView } from '../workflow/resource-view.js';
import { localTime } from './case-columns.js';
import type { CommandContext, CommandHost, PortSource } from './command-context.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { localTimes } from './terminal/local-times.js';
import { plainJson } from './terminal/plain-text.js';
import { table, type Column } from './terminal/table.js';
import { withDatabase } from './with-database.js';

const COLUMNS: readonly Column<ResourceView>[] = [
  { title: 'place', cell: ({ id }) => id },
  { title: 'name', cell: shortName, shrinksTo: 12 },
  {
    title: 'memory MiB',
    cell: ({ memoryUsedMiB, memoryTotalMiB }) =>
      memoryTotalMiB === null ? '' : `${String(memoryUsedMiB ?? '?')}/${String(memoryTotalMiB)}`,
    align: 'right',
  },
  { title: 'use', cell: ({ utilisationPercent }) => withUnit(utilisationPercent, ' %'), align: 'right' },
  { title: 'temp', cell: ({ temperatureC }) => withUnit(temperatureC, ' °C'), align: 'right' },
  { title: 'seen', cell: ({ seenAt, kind }) => (kind === 'cpu' ? '' : localTime(seenAt).slice(-5)) },
  { title: 'runs', cell: runs, shrinksTo: 40 },
];

const withUnit = (value: number | null, unit: string): string => (value === null ? '' : `${String(value)}${unit}`);

/** Why it is no GPU stands below the table, once for each host. */
function shortName({ name }: ResourceView): string {
  const why = whyOnCpu({ name });
  return why === null ? name : name.slice(0, -`: ${why}`.length);
}

/** Who uses it, or why nobody gets it. */
function runs({ beams, outOfService, occupied, lease, strangers }: ResourceView): string {
  const ours = beams.map(
    ({ caseId, beamNumber, progress }) => `${caseId} beam ${String(beamNumber)} (${String(progress)} %)`,
  );
  const given = lease === null || ours.length > 0 ? [] : [`given to ${lease.caseId} beam ${String(lease.beamNumber)}`];
  const reasons = [outOfService === null ? null : `out of service: ${outOfService}`, occupied, beside(strangers)];
  const all = [...ours, ...given, ...reasons.filter((reason) => reason !== null)];
  return all.length === 0 ? 'free' : localTimes(all.join(', '));
}

/** Nothing is taken from the job for it; it may go slower, or find no memory. */
function beside(pids: readonly number[]): string | null {
  if (pids.length === 0) return null;
  const [programs, numbers] = pids.length === 1 ? ['another program', 'pid'] : ['other programs', 'pids'];
  return `beside it ${programs}, ${numbers} ${pids.join(', ')}`;
}

/** `mqi gpus`. */
export function gpusCommand({ program, run }: CommandHost): void {
  program
    .command('gpus')
    .description('show GPUs and slots: what runs where, memory, temperature, who uses them, what is out of service')
    .option('--json', 'print {"gpus":[...]}')
    .action((_options: unknown, command: Command) => run(command, showGpus));
}

async function showGpus(context: CommandContext): Promise<ExitCode> {
  const gpus = await withDatabase(context, places);
  context.terminal.out(context.json ? plainJson({ gpus }) : asText(gpus, context.terminal.columns));
  return EXIT.done;
}

/** As the service last saw them; where it never ran, as they are found now. */
async function places(ports: PortSource): Promise<readonly ResourceView[]> {
  const known = await ports.get(CaseQueries).resources();
  if (known.length > 0) return known.map(({ resource, beams }) => resourceView(resource, beams));
  const { gpus, minFreeGpuMiB } = ports.get(Settings).execution;
  const rules = { ...gpus, minFreeMiB: minFreeGpuMiB };
  const found = afterLook([], await ports.get(GpuFinder).find(), rules, new Set());
  return found.map((resource) => resourceView({ ...resource, lease: null }, []));
}

function asText(gpus: readonly ResourceView[], columns: number): string {
  if (gpus.length === 0) return 'no GPUs or slots\n';
  return `${[...table(gpus, COLUMNS, columns), ...onCpu(gpus)].join('\n')}\n`;
}

/** Of each far host whose CPU is used, why: it may have GPUs all the same. */
function onCpu(gpus: readonly ResourceView[]): readonly string[] {
  const lines = gpus.flatMap((place) => {
    const why = whyOnCpu(place);
    return why === null ? [] : `host ${place.host}: ${why}, so its CPU is used (with GPUs: execution.hosts[].gpuTool)`;
  });
  return [...new Set(lines)];
}

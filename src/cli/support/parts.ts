import { toCaseError } from '../../domain/errors.js';
import { diskForecast, FORECAST_SPAN_MS } from '../../domain/disk-forecast.js';
import { CaseQueries } from '../../ports/case-queries.js';
import { Database } from '../../ports/database.js';
import { DiskHistory } from '../../ports/disk-history.js';
import { DiskSpace } from '../../ports/disk-space.js';
import type { Settings } from '../../ports/settings.js';
import { shownConfig } from '../../config/show-config.js';
import type { CommandContext, PortSource } from '../command-context.js';
import { configuration } from '../configuration.js';
import type { Finding } from '../doctor/finding.js';
import { caseLogs, serviceLog, timelines, type BundledCase } from './case-parts.js';
import type { Pseudonyms } from './pseudonyms.js';
import type { BundleFile } from './scan-files.js';

/** What a bundle is made of; each can be left out. */
export const PARTS = ['configuration', 'doctor', 'database', 'disk', 'timelines', 'logs'] as const;
export type Part = (typeof PARTS)[number];

export interface PartSources {
  readonly context: CommandContext;
  readonly settings: Settings;
  /** The database is open. */
  readonly ports: PortSource;
  readonly pseudonyms: Pseudonyms;
  readonly findings: readonly Finding[];
  readonly cases: readonly BundledCase[];
}

export interface MadeParts {
  readonly files: readonly BundleFile[];
  /** Parts that could not be made, with the code of why. */
  readonly failed: readonly { readonly part: Part; readonly code: string }[];
}

type Content = Readonly<Record<string, string>>;

const MAKE: Readonly<Record<Part, (sources: PartSources) => Promise<Content>>> = {
  configuration: (sources) => Promise.resolve({ 'configuration.json': json(configurationPart(sources)) }),
  doctor: ({ findings, pseudonyms }) =>
    Promise.resolve({ 'doctor.json': json(pseudonyms.within(findings.map(withoutStrays))) }),
  database: async ({ ports, pseudonyms }) => {
    const problems = await ports.get(Database).check();
    const cases = await ports.get(CaseQueries).countByState();
    const targets = await ports.get(CaseQueries).targets();
    return { 'database.json': json(pseudonyms.within({ sound: problems.length === 0, problems, cases, targets })) };
  },
  disk: async ({ ports, settings, context }) => ({ 'disk.json': json(await diskPart(ports, settings, context.now())) }),
  timelines: ({ cases, pseudonyms, context }) =>
    Promise.resolve({ 'timelines.json': json(timelines(cases, pseudonyms, context.now())) }),
  logs: async ({ ports, cases, pseudonyms }) => ({
    ...(await serviceLog(ports, pseudonyms)),
    ...(await caseLogs(ports, cases, pseudonyms)),
  }),
};

/** One part that cannot be made keeps none of the others away: a bundle is asked for when things are broken. */
export async function makeParts(sources: PartSources, without: readonly Part[]): Promise<MadeParts> {
  const files: BundleFile[] = [];
  const failed: { part: Part; code: string }[] = [];
  for (const part of PARTS.filter((one) => !without.includes(one))) {
    try {
      const content = await MAKE[part](sources);
      files.push(...Object.entries(content).map(([path, text]) => ({ path, bytes: Buffer.from(text) })));
    } catch (thrown) {
      failed.push({ part, code: toCaseError(thrown).code });
    }
  }
  return { files, failed };
}

export const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** Values in force; comments of the file stay where they are. */
function configurationPart({ context, pseudonyms }: PartSources): unknown {
  const { values } = shownConfig(configuration(context));
  return pseudonyms.within(
    values.map(({ key, value, origin }) => ({ key, value: withoutAddress(key, value), origin })),
  );
}

/** Of an address only where it is: its path may be the secret (webhooks), its query often is. */
function withoutAddress(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutAddress(key, one));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutAddress(name, one)]));
  }
  if (typeof value !== 'string' || !/url$/i.test(key)) return value;
  return URL.canParse(value) ? `${new URL(value).protocol}//${new URL(value).host}/***` : '***';
}

/** Names of what lies in the inbox and is no case are nobody's business. */
function withoutStrays({ name, result, message, remedy }: Finding): Finding {
  const isStray = name.endsWith(', no case');
  return { name, result, message: isStray ? 'something lies there that is no case' : message, remedy };
}

async function diskPart(ports: PortSource, { root, intake }: Settings, now: number): Promise<unknown> {
  const samples = await ports.get(DiskHistory).since(now - FORECAST_SPAN_MS);
  const freeBytes = await ports.get(DiskSpace).freeBytes(root);
  return {
    freeBytes,
    minFreeGiB: intake.minFreeGiB,
    forecast: diskForecast(samples, intake.minFreeGiB * 2 ** 30, now),
    samples,
  };
}

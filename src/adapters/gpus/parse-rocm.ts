import { z } from 'zod';
import type { SeenResource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';
import { amdName } from '../../domain/visible-devices.js';
import { numberOrNull } from './gpu-tool.js';

/** Everything rocm-smi says is text by a label; labels differ in capitals and wording between its versions. */
const Output = z.record(z.string(), z.record(z.string(), z.unknown()));
type Facts = Readonly<Record<string, unknown>>;

/** A GPU, and the number by which the kernel's process list knows it; null where that is not told. */
export interface RocmGpu {
  readonly resource: SeenResource;
  readonly kfdId: string | null;
}

/** GPUs of `rocm-smi --json`; null when it is not what we know. MiB, percent, degrees Celsius, MHz. */
export function parseRocmGpus(text: string, host: string, seenAt: EpochMs): readonly RocmGpu[] | null {
  const parsed = parse(text);
  if (parsed === null) return null;
  const cards = Object.entries(parsed).filter(([name]) => /^card\d+$/.test(name));
  if (cards.some(([, facts]) => value(facts, /^vram total memory/i) === null)) return null;
  const driver = value(parsed.system ?? {}, /^driver version/i);
  const ids = cards.map(([, facts]) => value(facts, /^unique id/i));
  const isShared = (id: string | null): boolean => ids.filter((other) => other === id).length > 1;
  return cards.map(([card, facts], i) => {
    const uniqueId = isShared(ids[i] ?? null) ? null : (ids[i] ?? null);
    return gpuOf(Number(card.slice(4)), facts, { host, driver, uniqueId, seenAt });
  });
}

interface Seen {
  readonly host: string;
  readonly driver: string | null;
  /** Null where there is none, or where the parts of one GPU all tell the same: then its number names it. */
  readonly uniqueId: string | null;
  readonly seenAt: EpochMs;
}

function gpuOf(index: number, facts: Facts, { host, driver, uniqueId, seenAt }: Seen): RocmGpu {
  const uuid = amdName(uniqueId, index);
  const figure = (label: RegExp): number | null => numberOrNull(value(facts, label) ?? undefined);
  const resource: SeenResource = {
    id: `${host}/${uuid}`,
    host,
    kind: 'gpu',
    name: value(facts, /^card series/i) ?? value(facts, /^card model/i) ?? 'AMD GPU',
    uuid,
    index,
    driver,
    memoryTotalMiB: mebibytes(figure(/^vram total memory/i)),
    memoryUsedMiB: mebibytes(figure(/^vram total used memory/i)),
    utilisationPercent: figure(/^gpu use/i),
    temperatureC: figure(/^temperature \(sensor (edge|junction)\)/i),
    clockMHz: numberOrNull(/(\d+)\s*mhz/i.exec(value(facts, /^sclk clock speed/i) ?? '')?.[1]),
    eccErrors: null,
    processes: null,
    fault: null,
    seenAt,
  };
  return { resource, kfdId: value(facts, /^guid/i) };
}

/** Ids of processes that compute; null when it is not what we know. Without any it says so in text, or nothing. */
export function parseRocmPids(text: string): readonly number[] | null {
  if (text.trim() === '') return [];
  const parsed = parse(text);
  if (parsed === null) return null;
  return Object.keys(parsed.system ?? {}).flatMap((key) => {
    const pid = /^pid\s*(\d+)/i.exec(key)?.[1];
    return pid === undefined ? [] : Number(pid);
  });
}

/** Warnings may stand before the object. */
function parse(text: string): Readonly<Record<string, Facts>> | null {
  try {
    const parsed = Output.safeParse(JSON.parse(text.slice(Math.max(0, text.indexOf('{')))));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // cut short, or no JSON at all: the caller says so
  }
}

function value(facts: Facts, label: RegExp): string | null {
  const found = Object.entries(facts).find(([name]) => label.test(name))?.[1];
  return typeof found === 'string' && found.trim() !== '' && !/^n\/a$/i.test(found.trim()) ? found.trim() : null;
}

const mebibytes = (bytes: number | null): number | null => (bytes === null ? null : Math.round(bytes / 2 ** 20));

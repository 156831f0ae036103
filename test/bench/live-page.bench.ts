import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { freePort } from '../free-port.js';
import { realStores, sqliteOptions } from '../real-stores.js';
import { BenchService } from './bench-service.js';

/*
 * The live page's interface over 100,000 cases: how long lists and searches take, how much memory an hour of looking at the
 * overview costs (as so many readings of everything it shows), and how much processor 200 pages that listen take. Times are
 * of whole HTTP requests to the service as a process of its own: the best of three rounds, and beside it the processor time of
 * the service for one request, which does not change with what else the machine does.
 */
const CASES = Number(process.env['MQI_PAGE_CASES'] ?? 100_000);
const ROUNDS = 3;
const REQUESTS = 20;
const READINGS = 200;
const CLIENTS = 200;
const LISTEN_MS = 5000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const passing = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A few years of two rooms; one in seven ended badly, and nothing is under way. */
async function fill(path: string): Promise<void> {
  const stores = realStores(sqliteOptions(path));
  await stores.database.open();
  const first = Date.UTC(2024, 0, 1);
  const states = ['completed', 'completed', 'completed', 'failed', 'completed', 'rejected', 'completed'] as const;
  for (let from = 0; from < CASES; from += 2000) {
    const numbers = Array.from({ length: Math.min(2000, CASES - from) }, (_, i) => from + i);
    const cases = numbers.map((n) => {
      const at = first + n * 600_000;
      const machine = `G${String((n % 2) + 1)}`;
      const folder = `${machine}/Phantom ${String((n * 7919) % CASES)} plan ${String(n % 13)}`;
      const state = states[n % 7] ?? 'completed';
      const times = { createdAt: at, takenAt: at, updatedAt: at + 900_000, finishedAt: at + 900_000 };
      return aCase({
        id: `b${String(n).padStart(9, '0')}`,
        folder,
        machine,
        state,
        ...times,
        planLabel: `Plan ${String(n % 97)}`,
      });
    });
    const beams = cases.map(({ id: caseId }) => aBeam({ caseId, state: 'converted', progress: 100 }));
    await stores.seed({ cases, beams });
  }
  await stores.database.close();
}

const p95 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? NaN;

const port = await freePort();
const service = new BenchService({
  quietSeconds: 1,
  engineSeconds: 0,
  slots: 2,
  more: { web: { enabled: true, port } },
});
try {
  await fill(join(service.root, 'mqi.sqlite'));
  await service.start();
  const address = `http://127.0.0.1:${String(port)}/`;
  const headers = { authorization: `Bearer ${readFileSync(join(service.root, 'web-token'), 'utf8').trim()}` };
  const search = async (body: object): Promise<number> => {
    const began = performance.now();
    const answer = await fetch(`${address}api/cases/search`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await answer.text();
    if (!answer.ok) throw new Error(`status ${String(answer.status)}`);
    return performance.now() - began;
  };
  const measure = async (what: string, bodyOf: (n: number) => object): Promise<void> => {
    const rounds: number[] = [];
    const cpuBefore = service.usage().cpuSeconds;
    for (let round = 0; round < ROUNDS; round += 1) {
      const times: number[] = [];
      for (let n = 0; n < REQUESTS; n += 1) times.push(await search(bodyOf(round * REQUESTS + n)));
      rounds.push(p95(times));
    }
    const cpuMs = ((service.usage().cpuSeconds - cpuBefore) * 1000) / (ROUNDS * REQUESTS);
    print(
      `${what}: p95 ${Math.min(...rounds).toFixed(0)} ms (wanted: below 100), ${cpuMs.toFixed(0)} ms of processor each`,
    );
  };
  print(`${String(CASES)} cases`);
  await measure('first page', () => ({ limit: 100 }));
  await measure('a page anywhere', (n) => ({ limit: 100, offset: (n * 2399) % (CASES - 100) }));
  await measure('ordered by folder', (n) => ({ limit: 100, sort: 'folder', offset: (n * 2399) % (CASES - 100) }));
  await measure('completed ones by folder', (n) => ({
    limit: 100,
    state: ['completed'],
    sort: 'folder',
    offset: n * 500,
  }));
  await measure('one room, by last change', () => ({ limit: 100, machine: 'G1', sort: 'updated' }));
  await measure('failed ones', () => ({ limit: 100, state: ['failed', 'rejected'] }));
  await measure('search for what there is once', (n) => ({ limit: 100, search: `phantom ${String(n * 331)} ` }));
  await measure('search for what there is often', () => ({ limit: 100, search: 'plan 1' }));
  await measure('search for what there is not', (n) => ({ limit: 100, search: `nowhere ${String(n)}` }));

  const before = service.usage().rssMiB;
  for (let n = 0; n < READINGS; n += 1) {
    await search({ limit: 200, offset: (n * 100) % (CASES - 200) });
    for (const path of ['overview', 'gpus', 'gpus/trail'])
      await (await fetch(`${address}api/${path}`, { headers })).text();
  }
  const grown = service.usage().rssMiB - before;
  print(`memory after ${String(READINGS)} readings of the overview: ${grown.toFixed(0)} MiB more (wanted: below 50)`);

  const streams = await Promise.all(Array.from({ length: CLIENTS }, () => listen(`${address}api/events`, headers)));
  await passing(1000);
  const idle = service.usage().cpuSeconds;
  const began = performance.now();
  await passing(LISTEN_MS);
  const share = ((service.usage().cpuSeconds - idle) * 1000) / (performance.now() - began);
  print(`${String(CLIENTS)} pages listen: ${(share * 100).toFixed(1)} % of one core (wanted: below 20)`);
  for (const stream of streams) stream.destroy();
} finally {
  await service.stop();
}

function listen(url: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (answer) => {
      answer.on('error', () => undefined).resume();
      resolve(answer);
    })
      .on('error', reject)
      .end();
  });
}

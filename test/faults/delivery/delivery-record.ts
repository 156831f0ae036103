import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withSection } from '../kills/record-sections.js';
import { FAULT_PEERS } from './fault-peers.js';
import { broken, stageTable, SUMMARY_HEAD, summaryRow } from './fault-table.js';
import { runFaults } from './run-faults.js';

/*
 * The fault matrix: `node scripts/delivery-record.mjs [folder folder-template sftp dicom dicom-deidentified
 * dicomweb command] [--faults 300] [--seed N]`. The section
 * of each kind is written to docs/delivery-record.md as soon as it is done; everything else there is left as it is. Exits with 1
 * if anything was lost, done twice or wrongly called delivered.
 */

const TOP = fileURLToPath(new URL('../../../../', import.meta.url));
const RECORD = `${TOP}docs/delivery-record.md`;
const HEAD = '# Record of deliveries\n\nSections between marks are written by programs; do not edit them.\n';

/** Kinds of the configuration in another form. */
const TITLES: Readonly<Record<string, string>> = {
  'folder-template': 'folder, with `template`',
  'dicom-deidentified': 'dicom, with `deidentify`',
};

const {
  values: { faults, seed },
  positionals,
} = parseArgs({
  allowPositionals: true,
  options: { faults: { type: 'string', default: '300' }, seed: { type: 'string', default: String(Date.now() % 1e9) } },
});
const unknown = positionals.filter((kind) => !(kind in FAULT_PEERS));
if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(', ')}`);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function record(kind: string): Promise<number> {
  const { make, missing } = FAULT_PEERS[kind]!;
  const why = missing();
  if (why !== null) throw new Error(`${kind}: ${why}`);
  const startedAt = Date.now();
  const place = mkdtempSync(join(tmpdir(), 'mqi-record-'));
  const peer = make();
  await peer.start();
  try {
    const wanted = { count: Number(faults), seed: Number(seed), place };
    const results = await runFaults(peer, wanted, (result, n) => {
      say(`${kind} ${String(n)} ${result.stage}, ${result.fault}: ${result.first} ${broken(result).join('; ')}`);
    });
    const wrong = results.flatMap(broken);
    const commit = execFileSync('git', ['-C', TOP, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    const when = `${new Date(startedAt).toISOString().slice(0, 10)}, commit ${commit}, Node.js ${process.version}, ${String(cpus().length)} processors, ${String(Math.round((Date.now() - startedAt) / 1000))} s`;
    write(
      `faults-${kind}`,
      `## Faults on the way to a target of kind ${TITLES[kind] ?? kind}\n\n${SUMMARY_HEAD}\n${summaryRow(kind, results)}\n\n${stageTable(results)}\n
Seed ${seed}. ${when}. Again: \`node scripts/delivery-record.mjs ${kind} --faults ${faults} --seed ${seed}\`.\n${wrong.map((line) => `\n- ${line}`).join('')}`,
    );
    return wrong.length;
  } finally {
    await peer.end();
    rmSync(place, { recursive: true, force: true });
  }
}

function write(name: string, body: string): void {
  const before = existsSync(RECORD) ? readFileSync(RECORD, 'utf8') : HEAD;
  writeFileSync(RECORD, withSection(before, name, body));
}

let wrong = 0;
for (const kind of positionals.length > 0 ? positionals : Object.keys(FAULT_PEERS)) wrong += await record(kind);
process.exit(wrong > 0 ? 1 : 0);

// Kills service and engines again and again and writes what came of it to docs/durability-record.md; takes most of an hour.
//   node scripts/durability-record.mjs [matrix] [far-matrix] [service] [engine] [both] [cluster] [slurmctld] [--kills N] [--seed N]
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ready } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const record = `${top}docs/durability-record.md`;

ready();
const program = `${top}dist/test/faults/kills/durability-record.js`;
const { status } = spawnSync(process.execPath, ['--enable-source-maps', program, ...process.argv.slice(2)], {
  cwd: top,
  stdio: 'inherit',
});
const { format, resolveConfig } = await import('prettier');
writeFileSync(
  record,
  await format(readFileSync(record, 'utf8'), { ...(await resolveConfig(record)), parser: 'markdown' }),
);
process.exit(status ?? 1);

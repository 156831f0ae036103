// Measures an outage of an upload target on a simulated clock and writes its part of docs/delivery-record.md; takes a minute.
//   node scripts/outage-record.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ready } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const record = `${top}docs/delivery-record.md`;

ready();
const program = `${top}dist/test/faults/outage/outage-record.js`;
const { status } = spawnSync(process.execPath, ['--enable-source-maps', program], { cwd: top, stdio: 'inherit' });
const { format, resolveConfig } = await import('prettier');
const options = { ...(await resolveConfig(record)), parser: 'markdown' };
writeFileSync(record, await format(readFileSync(record, 'utf8'), options));
process.exit(status ?? 1);

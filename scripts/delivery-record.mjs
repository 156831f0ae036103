// Does random faults to deliveries and writes what came of it to docs/delivery-record.md; takes some minutes for each target.
//   node scripts/delivery-record.mjs [folder] [folder-template] [sftp] [dicom] [dicom-deidentified] [dicomweb] [command] [--faults 300] [--seed N]
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ready } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const record = `${top}docs/delivery-record.md`;

ready();
const program = `${top}dist/test/faults/delivery/delivery-record.js`;
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

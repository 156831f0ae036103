// Runs a program that writes its part of a record in docs/, and formats that record. What the other record scripts are made of.
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ready } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));

/** `program` below dist/test/faults, given our arguments; `name` of the record in docs. Ends with the program's status. */
export async function record(program, name) {
  ready();
  const args = ['--enable-source-maps', `${top}dist/test/faults/${program}`, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { cwd: top, stdio: 'inherit' });
  const path = `${top}docs/${name}`;
  const { format, resolveConfig } = await import('prettier');
  const options = { ...(await resolveConfig(path)), parser: 'markdown' };
  writeFileSync(path, await format(readFileSync(path, 'utf8'), options));
  process.exit(status ?? 1);
}

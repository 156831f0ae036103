// Installs and builds what is missing or out of date; a second call does nothing. Everything users run starts here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${top}node_modules/.installed-from`;

export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: top, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs the locked packages unless they are there already, then compiles what changed. */
export function ready() {
  const lock = createHash('sha256')
    .update(readFileSync(`${top}package-lock.json`))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    console.error('installing packages (some minutes on a fresh clone: SQLite is compiled) ...');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
    writeFileSync(stamp, lock);
  }
  run(process.execPath, [`${top}scripts/build.mjs`], { stdio: ['ignore', 2, 2] });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ready();

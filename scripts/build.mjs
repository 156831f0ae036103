// Compiles src, test and ormconfig.ts to dist, and removes compiled files whose source is gone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(top, 'dist', '.built');

const walk = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

const sources = [...walk(join(top, 'src')), ...walk(join(top, 'test')), join(top, 'ormconfig.ts')].filter(existsSync);
const watched = [...sources, join(top, 'tsconfig.json'), join(top, 'package-lock.json')];
const builtAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
const stale = walk(join(top, 'dist')).filter((file) => {
  const source = join(top, relative(join(top, 'dist'), file)).replace(/\.js(\.map)?$/, '.ts');
  return /\.js(\.map)?$/.test(file) && !existsSync(source);
});

if (stale.length > 0 || watched.some((file) => statSync(file).mtimeMs > builtAt)) {
  for (const file of stale) rmSync(file);
  const startedAt = new Date();
  const tsc = join(top, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', top], { cwd: top, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, `${startedAt.toISOString()}\n`);
}

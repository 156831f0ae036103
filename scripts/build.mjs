// Compiles src, test and ormconfig.ts to dist, bundles the live page to dist/page and the program to dist/program, and
// removes compiled files whose source is gone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePage } from './bundle-page.mjs';
import { bundleProgram, bundleTestPrograms } from './bundle-program.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(top, 'dist', '.built');
const pageSources = join(top, 'src', 'web', 'page');
const bundle = join(top, 'dist', 'page');
const program = join(top, 'dist', 'program');
const testPrograms = join(top, 'dist', 'test-programs');
/** Programs of tests that hold much of the product, and are started often. */
const TEST_PROGRAMS = ['test/faults/kills/service-to-be-killed.js', 'test/faults/delivery/deliver-one.js'];
/** Those of the service; the embedded engine, a program of its own, has one too. */
const isThread = (file) => file.endsWith('.worker.js') && !file.includes('pencil-beam');

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
  if ([bundle, program, testPrograms].some((folder) => file.startsWith(folder))) return false;
  const source = join(top, relative(join(top, 'dist'), file)).replace(/\.js(\.map)?$/, '.ts');
  return /\.js(\.map)?$/.test(file) && !existsSync(source);
});

const compile = (project) => {
  const tsc = join(top, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: top, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

const isNew = (file) => statSync(file).mtimeMs > builtAt;
const bundled = existsSync(join(bundle, 'index.html'));
if (stale.length > 0 || !bundled || !existsSync(program) || watched.some(isNew)) {
  for (const file of stale) rmSync(file);
  const startedAt = new Date();
  // An old one must not be taken for what is compiled now, should anything fail on the way.
  for (const folder of [program, testPrograms]) rmSync(folder, { recursive: true, force: true });
  compile(top);
  const threads = walk(join(top, 'dist', 'src'))
    .filter(isThread)
    .map((file) => relative(join(top, 'dist'), file));
  await bundleProgram(top, ['src/program.js'], threads);
  // The image is built without tests.
  if (TEST_PROGRAMS.every((file) => existsSync(join(top, 'dist', file))))
    await bundleTestPrograms(top, TEST_PROGRAMS, threads);
  if (!bundled || walk(pageSources).some(isNew)) {
    compile(pageSources);
    await bundlePage(pageSources, bundle);
  }
  writeFileSync(stamp, `${startedAt.toISOString()}\n`);
}

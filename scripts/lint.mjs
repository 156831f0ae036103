// Types, type-aware lint, dependency rules, formatting, unused exports, shell scripts and generated files, in that order.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ready, run } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const tool = (...path) => join(top, 'node_modules', ...path);

ready();
run(process.execPath, [tool('eslint', 'bin', 'eslint.js'), '.', '--max-warnings', '0']);
run(process.execPath, [
  tool('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
  'src',
  '--config',
  '.dependency-cruiser.cjs',
]);
run(process.execPath, [tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.']);
run(process.execPath, [
  tool('ts-unused-exports', 'bin', 'ts-unused-exports'),
  'tsconfig.lint.json',
  '--ignoreFiles=summary-reporter|\\.worker|\\.d\\.ts',
  '--ignoreLocallyUsed',
]);
if (process.env.CI === 'true' || spawnSync('shellcheck', ['--version']).status === 0) {
  const shell = readdirSync(join(top, 'scripts')).filter((file) => file.endsWith('.sh'));
  run('shellcheck', [...shell.map((file) => join('scripts', file)), '.ci/run']);
} else {
  console.error('shellcheck is not installed: shell scripts are not checked');
}
run(process.execPath, [join(top, 'scripts', 'generate.mjs'), '--check']);

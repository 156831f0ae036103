// Writes the files that are made from code; with --check, writes nothing and fails naming those that differ.
// To add one: an entry in GENERATED, its path and what gives its text.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCodesMarkdown } from './error-codes.mjs';
import { stateMachineMarkdown } from './print-machine.mjs';
import { ready } from './ready.mjs';

ready(); // before anything from node_modules or dist is needed
const { format } = await import('prettier');

const top = fileURLToPath(new URL('..', import.meta.url));
const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);
const json = (value) => format(JSON.stringify(value), { parser: 'json', printWidth: 120 });
const markdown = (text) => format(text, { parser: 'markdown' });

const GENERATED = {
  'config/mqi.yaml': async () => (await built('config/render-config-yaml.js')).renderConfigYaml(),
  'config/mqi.schema.json': async () => json((await built('config/config-json-schema.js')).configJsonSchema()),
  'docs/beam-input.schema.json': async () =>
    json((await built('adapters/interpreters/beam-input-schema.js')).beamInputJsonSchema()),
  'docs/configuration.md': async () => markdown((await built('config/render-config-table.js')).renderConfigTable()),
  'docs/error-codes.md': async () => markdown(await errorCodesMarkdown()),
  'docs/state-machine.md': async () => markdown(await stateMachineMarkdown()),
};

const drifted = [];
for (const [path, text] of Object.entries(GENERATED)) {
  const file = join(top, path);
  const wanted = await text();
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue;
  drifted.push(path);
  if (process.argv.includes('--check')) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, wanted);
}
for (const path of drifted) {
  console.error(process.argv.includes('--check') ? `${path} differs: npm run generate` : `wrote ${path}`);
}
if (process.argv.includes('--check') && drifted.length > 0) process.exit(1);

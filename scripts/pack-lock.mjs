// Around `npm pack`: the locked versions of all packages go into the package (npm-shrinkwrap.json), without those for
// development. npm heeds neither a package-lock.json nor `overrides` of an installed package; without this file an
// installation would get versions that were never tried.   pack-lock.mjs write|remove
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const [what] = process.argv.slice(2);

if (what === 'write') {
  const lock = JSON.parse(readFileSync(path('package-lock.json'), 'utf8'));
  const kept = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
  const packages = Object.fromEntries(kept);
  delete packages[''].devDependencies;
  writeFileSync(path('npm-shrinkwrap.json'), `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
} else if (what === 'remove') {
  rmSync(path('npm-shrinkwrap.json'), { force: true });
} else {
  console.error('pack-lock.mjs write|remove');
  process.exitCode = 2;
}

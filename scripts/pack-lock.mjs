// Around `npm pack`: the locked versions of all packages go into the package (npm-shrinkwrap.json), for `npm ci` where it is
// unpacked (docs/administration.md). As it is, with the packages for development, which `npm ci --omit=dev` leaves out: it
// refuses a lock that does not hold all that package.json names.   pack-lock.mjs write|remove
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const [what] = process.argv.slice(2);

if (what === 'write') {
  copyFileSync(path('package-lock.json'), path('npm-shrinkwrap.json'));
} else if (what === 'remove') {
  rmSync(path('npm-shrinkwrap.json'), { force: true });
} else {
  console.error('pack-lock.mjs write|remove');
  process.exitCode = 2;
}

// The compiled program and the packages it uses in few files, since Node takes half of a start to find and read 1,400
// (docs/adr/0241), and so with its threads (docs/adr/0267). What runs as a process of its own stays where it was compiled.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

/** Packages with native code or threads of their own, those that few services load, and those that others ask for only where they are installed. */
const APART = ['sqlite3', 'piscina', 'ssh2', 'pino', 'pg-native', 'ts-node', '@opentelemetry/*', 'nodemailer'];
/** Database drivers that typeorm knows of and we do not use. */
const NO_DRIVERS = [
  ...[
    '@google-cloud/spanner',
    '@sap/*',
    'better-sqlite3',
    'hdb-pool',
    'ioredis',
    'mongodb',
    'mssql',
    'mysql',
    'mysql2',
  ],
  ...[
    'oracledb',
    'pg-query-stream',
    'react-native-sqlite-storage',
    'redis',
    'sql.js',
    'typeorm-aurora-data-api-driver',
  ],
];

/** What packages in CommonJS ask for while they run, in names that no code of ours has. */
const COMMON_JS = `import { createRequire as bundleRequire } from 'node:module';
import { dirname as bundleDirname } from 'node:path';
import { fileURLToPath as bundlePath } from 'node:url';
const require = bundleRequire(import.meta.url);
const __filename = bundlePath(import.meta.url);
const __dirname = bundleDirname(__filename);`;

/** Where in `dist` the threads of the program are bundled to. */
const THREADS = join('program', 'threads');

/** Bundles the program, and with it its threads: compiled files of `dist`, by path in it. */
export async function bundleProgram(top, entries, threads) {
  await bundle(top, entries, 'program', threads);
  await bundle(top, threads, THREADS, threads);
}

/** Bundles programs of tests, which start the bundled threads of the program. */
export const bundleTestPrograms = (top, entries, threads) => bundle(top, entries, 'test-programs', threads);

/** Bundles compiled files of `dist`, by path in it, to the folder `to` there, which it makes anew. */
async function bundle(top, entries, to, threads) {
  // Imported here, since this file is read before packages are installed.
  const { build } = await import('esbuild');
  const dist = join(top, 'dist');
  const outdir = join(dist, to);
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: top,
    entryPoints: entries.map((entry) => join(dist, entry)),
    entryNames: '[name]',
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...APART, ...NO_DRIVERS],
    banner: { js: COMMON_JS },
    plugins: [whereItWas(dist, outdir, threads)],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'LICENSES.txt'), licenses(top, Object.keys(metafile.inputs)));
}

/** A file beside ours, by its name, and any other use of where we are. */
const PLACES = /new URL\('\.\/([\w.-]+)', import\.meta\.url\)|import\.meta\.url/g;

/** Files beside ours (the page, package.json) are found from where ours was compiled; threads where they were bundled. */
const whereItWas = (dist, outdir, threads) => ({
  name: 'where it was',
  setup(build) {
    const names = new Set(threads.map((thread) => basename(thread)));
    build.onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(dist)) return undefined;
      const here = `new URL(${JSON.stringify(relative(outdir, path))}, import.meta.url).href`;
      const there = (name) =>
        `new URL(${JSON.stringify(relative(outdir, join(dist, THREADS, name)))}, import.meta.url)`;
      const contents = readFileSync(path, 'utf8').replaceAll(PLACES, (found, name) =>
        names.has(name) ? there(name) : found.replace('import.meta.url', here),
      );
      return { contents, loader: 'js' };
    });
  },
});

/** Of the packages whose code is in the bundle: name, version and the text that has to go with it. */
function licenses(top, inputs) {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? []));
  const texts = [...folders]
    .filter((folder) => folder?.startsWith('node_modules'))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(top, folder, 'package.json'), 'utf8'));
      const files = readdirSync(join(top, folder)).filter((file) => /^(licen[cs]e|copying)/i.test(file));
      const text = files.map((file) => readFileSync(join(top, folder, file), 'utf8')).join('\n');
      return `${name} ${version} (${license})\n\n${text}`;
    });
  return `${texts.sort().join('\n\n--------\n\n')}\n`;
}

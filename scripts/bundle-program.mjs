// The compiled program and the packages it uses in few files, since Node takes half of a start to find and read 1,400
// (docs/adr/0241). What runs as a process or thread of its own stays where it was compiled.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

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

/** Bundles compiled files of `dist`, by path in it, to the folder `to` there, which it makes anew. */
export async function bundleProgram(top, entries, to) {
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
    plugins: [whereItWas(dist, outdir)],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'LICENSES.txt'), licenses(top, Object.keys(metafile.inputs)));
}

/** Files beside ours (threads, the page, package.json) are found from where ours was compiled. */
const whereItWas = (dist, outdir) => ({
  name: 'where it was',
  setup(build) {
    build.onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(dist)) return undefined;
      const here = `new URL(${JSON.stringify(relative(outdir, path))}, import.meta.url).href`;
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', here), loader: 'js' };
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

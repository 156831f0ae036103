// The live page as the browser gets it: one script and one style sheet, whose names carry a digest of what is in them.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Bundles the sources in `from` to the folder `to`, which it makes anew. The types have been checked before. */
export async function bundlePage(from, to) {
  // Imported here, since this file is read before packages are installed.
  const { build } = await import('esbuild');
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const { metafile } = await build({
    entryPoints: [join(from, 'main.tsx')],
    entryNames: 'page-[hash]',
    outdir: join(to, 'assets'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome120', 'firefox121', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: join(from, 'tsconfig.json'),
    metafile: true,
    legalComments: 'linked',
    logLevel: 'warning',
  });
  const made = Object.keys(metafile.outputs).map((path) => basename(path));
  const named = (ending) => {
    const name = made.find((file) => file.endsWith(ending));
    if (name === undefined) throw new Error(`the bundle of the page has no ${ending}`);
    return name;
  };
  const html = readFileSync(join(from, 'index.html'), 'utf8');
  writeFileSync(join(to, 'index.html'), html.replace('STYLE', named('.css')).replace('SCRIPT', named('.js')));
  cpSync(join(from, 'icon.svg'), join(to, 'icon.svg'));
}

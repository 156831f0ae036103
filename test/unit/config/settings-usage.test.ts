import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { tempFolder } from '../../temp-folder.js';
import { SettingsUsage } from './settings-usage.js';

const modules = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

describe('what counts as the use of an option', function () {
  this.timeout(60_000); // each compiles a program
  const folder = tempFolder();

  /** For each key of a small configuration, is it used by this code? */
  const used = (code: string): readonly string[] => {
    const write = (name: string, text: string): void => {
      writeFileSync(join(folder.path, name), text);
    };
    mkdirSync(join(folder.path, 'src/config'), { recursive: true });
    symlinkSync(modules, join(folder.path, 'node_modules'));
    const options = { strict: true, noEmit: true, target: 'ES2022', module: 'nodenext', types: [] };
    write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['src'] }));
    write('package.json', '{"type":"module"}');
    write(
      'src/config/settings.ts',
      `import { z } from 'zod';
      const SettingsSchema = z.strictObject({
        root: z.string().default('x'),
        db: z.strictObject({ path: z.string().default('p'), size: z.number().default(1) }).prefault({}),
        list: z.array(z.strictObject({ name: z.string(), kind: z.enum(['a', 'b']) })).default([]),
      });
      export type Settings = z.output<typeof SettingsSchema>;
      export const own = (settings: Settings): string => settings.root;`,
    );
    write('src/use.ts', `import type { Settings } from './config/settings.js';\n${code}`);
    const usage = new SettingsUsage(folder.path);
    const keys = ['root', 'db.path', 'db.size', 'list', 'list.name', 'list.kind'];
    return keys.filter((key) => usage.isUsed(key.split('.')));
  };

  const cases: readonly [string, string, readonly string[]][] = [
    ['nothing, and the checks of the configuration itself', 'export type { Settings };', []],
    ['reading a property', 'export const f = (s: Settings) => [s.root, s.db.size];', ['root', 'db.size']],
    ['taking it out of its section', 'export const f = ({ db: { path } }: Settings) => path;', ['db.path']],
    ['naming it in an index', "export const f = (s: Settings, k: 'size') => s.db[k];", ['db.size']],
    [
      'handing the section to somebody who reads it, and only what that one reads',
      `interface Options { readonly path: string; readonly size: number }
      class Store { constructor(private readonly options: Options) {} open() { return this.options.path; } }
      export const f = (s: Settings) => new Store(s.db);
      export const g = (s: Settings) => new Store({ ...s.db });`,
      ['db.path'],
    ],
    [
      'handing a list on within other options',
      `interface Entry { readonly name: string; readonly kind: string }
      const show = (options: { entries: readonly Entry[] }) => options.entries.map(({ kind }) => kind);
      export const f = (s: Settings) => { const options = { entries: s.list }; return show(options); };`,
      ['list', 'list.kind'],
    ],
  ];
  for (const [what, code, expected] of cases) {
    it(`${what}: ${expected.join(', ') || 'no use'}`, () => {
      expect(used(code)).to.deep.equal(expected);
    });
  }
});

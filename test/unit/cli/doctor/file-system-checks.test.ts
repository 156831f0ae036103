import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkWrittenFolder, type FileCalls } from '../../../../src/cli/doctor/file-system-checks.js';
import { tempFolder } from '../../../temp-folder.js';

describe('mqi doctor on a file system that is written to', () => {
  const folder = tempFolder();
  const real: FileCalls = {
    rename,
    read: (path) => readFile(path),
    changedAt: async (path) => (await stat(path)).mtimeMs,
    isThere: () => Promise.resolve(false),
    now: Date.now,
  };
  const look = async (change: Partial<FileCalls> = {}, path = folder.path): Promise<(readonly string[])[]> => {
    const found = await checkWrittenFolder('root', path, new AbortController().signal, { ...real, ...change });
    return found.map(({ result, message }) => [result, message]);
  };

  it('finds a sound one so, and leaves nothing behind', async () => {
    expect(await look()).to.deep.equal([['ok', 'renames are whole, names differ by case, its clock is ours']]);
    expect(readdirSync(folder.path)).to.deep.equal([]);
  });

  it('fails where readers see half a file while it is replaced', async () => {
    const half = { read: async (path: string) => (await readFile(path)).subarray(1) };
    expect((await look(half))[0]).to.deep.equal([
      'fail',
      'of 100 readers 100 found no whole file while it was replaced',
    ]);
  });

  it('warns where capitals do not matter, and where its clock is not ours', async () => {
    const found = await look({ isThere: () => Promise.resolve(true), now: () => Date.now() + 90_000 });
    expect(found.map(([result]) => result)).to.deep.equal(['warn', 'warn']);
    expect(found[0]?.[1]).to.match(/is 90 s behind ours/);
    expect(found[1]?.[1]).to.match(/capitals/);
  });

  it('fails where a file is in the place of the folder, saying so, and warns where its own folder cannot be removed', async () => {
    const file = join(folder.path, 'target');
    writeFileSync(file, 'not a folder');
    expect(await look({}, file)).to.deep.equal([['fail', 'it is no folder']]);
    rmSync(file);
    const gone = { changedAt: (path: string) => stat(path).then(({ mtimeMs }) => (replaceByFile(path), mtimeMs)) };
    const replaceByFile = (probe: string): void => {
      rmSync(folder.path, { recursive: true });
      writeFileSync(folder.path, probe);
    };
    const found = await look(gone);
    rmSync(folder.path);
    mkdirSync(folder.path);
    expect(found.map(([result]) => result)).to.deep.equal(['ok', 'warn']);
    expect(found[1]?.[1]).to.equal('the folder of this check could not be removed (ENOTDIR)');
  });

  it('fails where nothing can be written', async () => {
    const found = await look({ rename: () => Promise.reject(Object.assign(new Error('no'), { code: 'EROFS' })) });
    expect(found).to.deep.equal([['fail', 'nothing can be written there (EROFS)']]);
    expect(await look({}, join(folder.path, 'later'))).to.deep.equal([['ok', 'not there yet']]);
  });
});

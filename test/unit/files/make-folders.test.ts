import { expect } from 'chai';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../../../src/files/make-folders.js';
import { systemCode } from '../../../src/files/system-code.js';
import { tempFolder } from '../../temp-folder.js';

const codeOf = async (path: string): Promise<string | null> => {
  try {
    await makeFolders(path);
    return null;
  } catch (thrown) {
    return systemCode(thrown);
  }
};

describe('a folder that is to be there', () => {
  const temp = tempFolder();

  it('is made with those above it, and may be there already', async () => {
    const path = join(temp.path, 'a', 'b', 'c');
    await makeFolders(path, 0o700);
    await makeFolders(path);
    expect(statSync(path).mode & 0o777).to.equal(0o700);
  });

  it('is made once by many who want it together', async () => {
    const paths = Array.from({ length: 20 }, (_, i) => join(temp.path, 'deep', 'deeper', String(i % 4)));
    expect(await Promise.all(paths.map(codeOf))).to.deep.equal(paths.map(() => null));
  });

  it('is refused below a link to a disk that is not mounted, and where the file system takes none', async () => {
    symlinkSync(join(temp.path, 'not-mounted', 'data'), join(temp.path, 'link'));
    expect(await codeOf(join(temp.path, 'link', 'root'))).to.equal('EEXIST'); // the link is, and is no folder
    expect(await codeOf('/proc/not-made-by-us/root')).to.equal('ENOENT');
  });

  it('is refused where a file is in the way, at its place or above', async () => {
    writeFileSync(join(temp.path, 'file'), '');
    expect(await codeOf(join(temp.path, 'file'))).to.equal('EEXIST');
    expect(await codeOf(join(temp.path, 'file', 'below'))).to.equal('ENOTDIR');
  });

  it('may be a link to a folder', async () => {
    mkdirSync(join(temp.path, 'real'));
    symlinkSync(join(temp.path, 'real'), join(temp.path, 'by-link'));
    expect(await codeOf(join(temp.path, 'by-link', 'below'))).to.equal(null);
  });
});

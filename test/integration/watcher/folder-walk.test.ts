import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { walkFolder, type Walk } from '../../../src/adapters/watcher/folder-walk.js';
import { ReadyMarkers } from '../../../src/adapters/watcher/ready-markers.js';
import { sortInSlices } from '../../../src/adapters/watcher/sort-in-slices.js';
import { tempFolder } from '../../temp-folder.js';

const NOBODY = 65_534;

/** As a user whom permissions bind, since root reads everything. Nothing else may run meanwhile: it holds for us all. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('walking a case folder', () => {
  const temp = tempFolder();
  const write = (path: string, content: string): string => {
    const file = join(temp.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const walk = (): Promise<Walk> => walkFolder(temp.path, '', null);

  it('digests path, size and mtime of every file, sorted by name, folders after files', async () => {
    for (const path of ['z.dcm', 'CT/b', 'CT/a', 'CT2/c']) utimesSync(write(path, path), 1, 1.5);
    const lines = [
      ['z.dcm', 5, 1500],
      ['CT/a', 4, 1500],
      ['CT/b', 4, 1500],
      ['CT2/c', 5, 1500],
    ].map((parts) => `${parts.join('\0')}\n`);
    const { fingerprint, files, bytes } = await walk();
    expect(fingerprint).to.equal(createHash('sha256').update(lines.join('')).digest('hex'));
    expect({ files, bytes }).to.deep.equal({ files: 4, bytes: 18 });
  });

  it('gives an empty folder, and one of empty folders, the fingerprint of nothing', async () => {
    const nothing = createHash('sha256').digest('hex');
    expect((await walk()).fingerprint).to.equal(nothing);
    mkdirSync(join(temp.path, 'a/b'), { recursive: true });
    expect((await walk()).fingerprint).to.equal(nothing);
  });

  it('gives another fingerprint when a file moves from one folder to another', async () => {
    utimesSync(write('a/1', 'x'), 1, 1);
    utimesSync(write('b/2', 'x'), 1, 1);
    const { fingerprint } = await walk();
    expect(fingerprint).not.to.equal((await walkFolder(temp.path, 'a', null)).fingerprint);
  });

  it('notes control files and the marker beside the content, only at the top of the case', async () => {
    for (const path of ['plan.dcm', 'MQI_HOLD', 'READY', 'sub/MQI_HOLD', 'sub/READY']) write(path, 'x');
    const seen = await walkFolder(
      dirname(temp.path),
      basename(temp.path),
      ReadyMarkers.of(dirname(temp.path), 'READY'),
    );
    expect(seen.files).to.equal(3);
    expect(seen.marker).to.include({ isNewest: false, lacking: 0, isWhole: true });
    expect(seen.controls.map(({ name }) => name)).to.deep.equal(['MQI_HOLD']);
  });

  it('sees a subfolder it may not read as such, and as changed once it may', async () => {
    chmodSync(temp.path, 0o755);
    write('plan.dcm', 'plan');
    write('locked/1.dcm', 'slice');
    chmodSync(join(temp.path, 'locked'), 0o700);
    if (process.getuid?.() !== 0) chmodSync(join(temp.path, 'locked'), 0);
    const locked = await asNobody(walk);
    chmodSync(join(temp.path, 'locked'), 0o755);
    const open = await asNobody(walk);
    expect([locked.files, open.files]).to.deep.equal([1, 2]);
    expect(locked.fingerprint).not.to.equal(open.fingerprint);
  });

  it('sees the same however large the folder was the last time, and all entries of the largest folder in it', async () => {
    for (const path of ['plan.dcm', 'READY', 'CT/1', 'CT/2', 'CT/3', 'CT/.part', 'CT/Thumbs.db', '.hidden/3'])
      write(path, 'x');
    const seen: Walk[] = [];
    for (const expected of [null, 0, 20_000, 20_001]) {
      seen.push(await walkFolder(temp.path, '', null, undefined, undefined, expected));
    }
    for (const one of seen) expect(one).to.deep.equal(seen[0]);
    expect(seen[0]).to.include({ files: 5, largest: 5 });
  });

  it('says when the folder itself is gone', async () => {
    let code = '';
    await walkFolder(temp.path, 'none', null).catch((thrown: unknown) => (code = (thrown as { code: string }).code));
    expect(code).to.equal('ENOENT');
  });
});

describe('sorting in slices', () => {
  it('gives what sorting at once gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        async (list, slice) => {
          expect(await sortInSlices(list, slice)).to.deep.equal([...list].sort());
        },
      ),
    );
  });
});

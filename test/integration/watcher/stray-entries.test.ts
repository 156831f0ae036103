import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { strayEntries } from '../../../src/adapters/watcher/stray-entries.js';
import { strayRemedy, strayWords } from '../../../src/domain/stray-entries.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('why an entry of the inbox is no case', () => {
  const temp = tempFolder();
  const write = (...paths: readonly string[]): void => {
    for (const path of paths) {
      mkdirSync(dirname(join(temp.path, path)), { recursive: true });
      writeFileSync(join(temp.path, path), 'x');
    }
  };
  const words = async (layout: string, ...markers: readonly string[]): Promise<readonly string[]> => {
    const { groups } = await strayEntries(temp.path, layout, markers);
    return groups.map((group) => strayWords(group, layout, (path) => path));
  };

  it('says nothing where only cases lie in it, however they are filled', async () => {
    write('head/plan.dcm', 'head/ct/1.dcm', 'lung/deep/er/plan.dcm');
    mkdirSync(join(temp.path, 'empty'));
    expect(await strayEntries(temp.path, '{case}', [])).to.deep.equal({ cases: 3, groups: [], all: true });
  });

  it('names files that lie directly in a room folder: too shallow for {room}/{case}', async () => {
    write('G1/plan.dcm', 'G1/ct.1.dcm', 'G2/head/plan.dcm', 'readme.txt');
    const [line, ...more] = await words('{room}/{case}');
    expect(line).to.match(/^3 files lie above the case level of \{room\}\/\{case\}: ".*G1\/plan.dcm"/);
    expect(more).to.deep.equal([]);
    expect(strayRemedy('files above the case level', '{room}/{case}')).to.contain('a folder of their own');
  });

  it('names a folder in which no case folder lies', async () => {
    mkdirSync(join(temp.path, 'G3'));
    write('G4/.hidden', 'G2/head/plan.dcm');
    expect(await words('{room}/{case}')).to.deep.equal([
      '2 folders hold no folder at the case level of {room}/{case}: "G3", "G4"',
      '1 entry is left out by name (. or ~ in front, .part, .filepart, .tmp, files of the system): "G4/.hidden"',
    ]);
  });

  it('names links, which are not followed, and what is neither file nor folder', async () => {
    write('head/plan.dcm');
    symlinkSync(join(temp.path, 'head'), join(temp.path, 'linked'));
    execFileSync('mkfifo', [join(temp.path, 'pipe')]);
    expect(await words('{case}')).to.deep.equal([
      '1 link is not followed: "linked"',
      '1 entry is neither a folder nor a file: "pipe"',
    ]);
  });

  it('names folders left out by name, which nobody need mend', async () => {
    write('~old/plan.dcm', '.trash/plan.dcm', 'case.part/plan.dcm', '@eaDir/x', 'Thumbs.db');
    expect(await words('{case}')).to.have.length(1);
    expect((await words('{case}'))[0]).to.match(/^5 entries are left out by name .* and 2 more$/);
    expect(strayRemedy('excluded name', '{case}')).to.equal(null);
  });

  it('names a folder whose name is not UTF-8', async () => {
    mkdirSync(Buffer.concat([Buffer.from(`${temp.path}/M`), Buffer.from([0xfc]), Buffer.from('ller')]));
    expect((await words('{case}'))[0]).to.match(/^1 name is not UTF-8/);
  });

  it('leaves markers alone, which lie above the case level on purpose', async () => {
    write('G1/head/plan.dcm', 'G1/head_READY', '.share', 'SHARE');
    expect(await words('{room}/{case}', '_READY', 'SHARE')).to.have.length(1);
  });

  it('throws what the system says where the inbox itself is not there', async () => {
    expect(await rejection(strayEntries(join(temp.path, 'none'), '{case}', []))).to.include({ code: 'ENOENT' });
  });
});

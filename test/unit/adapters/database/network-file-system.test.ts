import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { networkFileSystem, requireLocalFolder } from '../../../../src/adapters/database/network-file-system.js';
import { tempFolder } from '../../../temp-folder.js';

describe('where a SQLite file may lie', () => {
  const folder = tempFolder();

  for (const [type, name] of [
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    [0xfe534d42, 'SMB2'],
    [-0x1acb2be, 'SMB2'],
    [0x65735546, 'FUSE'],
  ] as const) {
    it(`not on ${name} (${type.toString(16)})`, () => {
      expect(networkFileSystem(type)).to.equal(name);
    });
  }

  it('on ext4, xfs, btrfs, tmpfs and overlay', () => {
    for (const type of [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630]) {
      expect(networkFileSystem(type)).to.equal(null);
    }
  });

  it('in a local folder, which is made', async () => {
    await requireLocalFolder(join(folder.path, 'a', 'b', 'mqi.sqlite'));
    expect(existsSync(join(folder.path, 'a', 'b'))).to.equal(true);
  });
});

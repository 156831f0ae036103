import { expect } from 'chai';
import { kindOf, mountedAs } from '../../../../src/adapters/watcher/mounted-as.js';

const MOUNTS = [
  '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '60 22 0:50 / /mnt/inbox rw,nosuid shared:2 - fuse.sshfs physics@host:/cases rw,user_id=0',
  '61 22 0:51 / /mnt/with\\040blank rw - cifs //host/share rw',
  '62 22 0:52 / /mnt/twice rw - ext4 /dev/sdb1 rw',
  '63 62 0:53 / /mnt/twice rw - nfs4 host:/ rw',
].join('\n');

describe('the kind of file system an inbox lies on', () => {
  for (const [path, kind] of [
    ['/mnt/inbox', 'fuse.sshfs'],
    ['/mnt/inbox/below/it', 'fuse.sshfs'],
    ['/mnt/inboxes', 'ext4'],
    ['/mnt/with blank', 'cifs'],
    ['/mnt/twice', 'nfs4'],
    ['/', 'ext4'],
  ] as const) {
    it(`is ${kind} for ${path}`, () => {
      expect(kindOf(MOUNTS, path)).to.equal(kind);
    });
  }

  it('is told by the running system', async () => {
    expect(await mountedAs('/proc')).to.equal('proc');
  });
});

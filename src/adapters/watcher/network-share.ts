import { statfs } from 'node:fs/promises';

/** File systems (statfs f_type, Linux magic numbers) on which what another machine writes makes no event here. */
const REMOTE = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x65735546, // FUSE: sshfs, smbnetfs, bindfs, rclone, virtiofs
  0x01021997, // 9p
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x786f4256, // VirtualBox shared folder
]);

/** True when the folder lies on a network share, where events cannot be relied on. */
export async function isOnNetworkShare(folder: string): Promise<boolean> {
  const { type } = await statfs(folder);
  return REMOTE.has(type >>> 0);
}

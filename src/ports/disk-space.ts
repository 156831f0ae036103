import { Token } from 'typedi';

/** What is left on a disk. */
export interface DiskSpace {
  /**
   * Bytes the service may still write on the disk of this path, or of its nearest parent that exists. Throws transient
   * `disk.failed` when the disk does not answer, also when it takes too long to.
   */
  freeBytes(path: string): Promise<number>;
}
export const DiskSpace = new Token<DiskSpace>('DiskSpace');

import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { WhileUnchanged } from '../../../src/files/while-unchanged.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

/** As if the files of the test had been written a while ago. */
const LATER_MS = 60_000;

describe('what is kept of a file', () => {
  const temp = tempFolder();
  let reads: number;
  const file = (name: string): string => join(temp.path, name);
  const read = (path: string): Promise<string> => {
    reads++;
    return Promise.resolve(readFileSync(path, 'utf8'));
  };
  const later = (): number => Date.now() + LATER_MS;
  beforeEach(() => {
    reads = 0;
    writeFileSync(file('a'), 'one');
  });

  it('is read once for as long as the file stays as it is', async () => {
    const kept = new WhileUnchanged(read, 20, later);
    expect([await kept.of(file('a')), await kept.of(file('a'))]).to.deep.equal(['one', 'one']);
    expect(reads).to.equal(1);
  });

  it('is read again when the file was edited, also where size and time of its content are as before', async () => {
    const kept = new WhileUnchanged(read, 20, later);
    utimesSync(file('a'), 1, 1);
    await kept.of(file('a'));
    const changedAt = (): bigint => statSync(file('a'), { bigint: true }).ctimeNs;
    const before = changedAt();
    // The inode may be the same too, and the clock of some file systems goes on every few milliseconds only.
    await until('its time of change is another', () => {
      rmSync(file('a'));
      writeFileSync(file('a'), 'two');
      utimesSync(file('a'), 1, 1);
      return changedAt() !== before;
    });
    expect(await kept.of(file('a'))).to.equal('two');
  });

  it('is not believed of a file written only just now, which might change within one tick of the clock', async () => {
    const kept = new WhileUnchanged(read);
    await kept.of(file('a'));
    await kept.of(file('a'));
    expect(reads).to.equal(2);
  });

  it('is nothing where it could not be read: the next one who asks is told anew', async () => {
    const kept = new WhileUnchanged(read, 20, later);
    await kept.of(file('a'));
    rmSync(file('a'));
    expect(await rejection(kept.of(file('a')))).to.include({ code: 'ENOENT' });
    writeFileSync(file('a'), 'back');
    expect(await kept.of(file('a'))).to.equal('back');
  });

  it('is kept of the files asked for last, and no more of them than it may', async () => {
    const kept = new WhileUnchanged(read, 2, later);
    for (const name of ['b', 'c']) writeFileSync(file(name), name);
    for (const name of ['a', 'b', 'c', 'c', 'b', 'a']) await kept.of(file(name));
    expect(reads).to.equal(4);
  });
});

import { createHash } from 'node:crypto';
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { knownSha256 } from '../../../../src/adapters/engines/moqui/attempt-files.js';
import { tempFolder } from '../../../temp-folder.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the hash of a file that all beams of a case read', () => {
  const folder = tempFolder();

  it('is that of the file as it is now, also where another of the same size and age takes its place', async () => {
    const path = join(folder.path, 'ct.mha');
    writeFileSync(path, 'first');
    utimesSync(path, 1, 1);
    expect([await knownSha256(path), await knownSha256(path)]).to.deep.equal([sha256('first'), sha256('first')]);
    const other = join(folder.path, 'other');
    writeFileSync(other, 'other');
    utimesSync(other, 1, 1);
    renameSync(other, path);
    expect(await knownSha256(path)).to.equal(sha256('other'));
    writeFileSync(path, 'longer than before');
    expect(await knownSha256(path)).to.equal(sha256('longer than before'));
  });

  it('is not made up for one that is not there', async () => {
    const gone = await knownSha256(join(folder.path, 'gone')).then(
      () => null,
      (error: unknown) => error,
    );
    expect(gone).to.include({ code: 'engine.unreadable' });
  });
});

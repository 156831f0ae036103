import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numbered } from '../../../src/domain/input-file.js';
import { inputHashes } from '../../../src/workflow/input-hashes.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

describe('hashes of dropped files', () => {
  const temp = tempFolder();

  it('are of their whole content, without their names; what is gone is left out, no link is followed', async () => {
    const large = Buffer.alloc(700_000, 'ct');
    writeFileSync(join(temp.path, 'DOE^JANE.dcm'), large);
    writeFileSync(join(temp.path, 'empty'), '');
    writeFileSync(join(temp.path, 'secret'), 'elsewhere');
    symlinkSync(join(temp.path, 'secret'), join(temp.path, 'link'));
    mkdirSync(join(temp.path, 'folder'));
    const files = numbered('ct', ['DOE^JANE.dcm', 'empty', 'gone', 'link', 'folder']);
    const hashes = await inputHashes(temp.path, files);
    expect(hashes).to.deep.equal([
      { role: 'ct', number: 1, bytes: 700_000, sha256: sha256(large) },
      { role: 'ct', number: 2, bytes: 0, sha256: sha256('') },
      { role: 'ct', number: 4, bytes: null, sha256: null },
      { role: 'ct', number: 5, bytes: null, sha256: null },
    ]);
    expect(JSON.stringify(hashes)).not.to.contain('DOE');
  });

  it('are given up when the service stops', async () => {
    writeFileSync(join(temp.path, 'a'), 'a');
    const stopped = AbortSignal.abort(new Error('the service stops'));
    expect(await rejection(inputHashes(temp.path, numbered('ct', ['a']), stopped))).to.have.property(
      'message',
      'the service stops',
    );
  });
});

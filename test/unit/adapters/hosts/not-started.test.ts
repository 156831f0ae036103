import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notStarted } from '../../../../src/adapters/hosts/not-started.js';
import { tempFolder } from '../../../temp-folder.js';

describe('a program that the system did not start', () => {
  const folder = tempFolder();

  it('is missing, not broken, where it is nowhere and a folder of PATH may not be looked into', () => {
    expect(notStarted('EACCES', 'nvidia-smi', `/of/another/bin:${folder.path}`)).to.deep.equal({ how: 'not-found' });
    expect(notStarted('ENOENT', 'nvidia-smi', folder.path)).to.deep.equal({ how: 'not-found' });
  });

  it('is broken where it is there and may not be run', () => {
    writeFileSync(join(folder.path, 'nvidia-smi'), '', { mode: 0o644 });
    const broken = { how: 'broken', reason: 'it could not be started (EACCES)' };
    expect(notStarted('EACCES', 'nvidia-smi', `/of/another/bin:${folder.path}`)).to.deep.equal(broken);
    expect(notStarted('EACCES', join(folder.path, 'nvidia-smi'), '')).to.deep.equal(broken);
  });
});

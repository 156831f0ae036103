import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unlessDiskFull } from '../../../../src/adapters/engines/judge-run.js';
import { toCaseError, transient } from '../../../../src/domain/errors.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

describe('an engine that says that a disk is full', () => {
  const folder = tempFolder();

  it('where ours has room, is not answered with "free space below the root": it was a disk of the machine it ran on', async () => {
    writeFileSync(join(folder.path, 'engine.log'), 'OSError: [Errno 28] No space left on device\n');
    const crash = transient('engine.crashed', 'the engine ended with exit code 1');
    const said = toCaseError(await rejection(unlessDiskFull(folder.path, () => Promise.reject(crash))));
    expect(said).to.include({ code: 'disk.full', severity: 'operator' });
    expect(said.remedy).to.contain('on the machine that ran it').and.not.to.contain('below the root');
  });
});

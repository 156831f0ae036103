import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { lookAtFolder } from '../../../../src/adapters/watcher/look-at-folder.js';
import type { ReadyMarkers } from '../../../../src/adapters/watcher/ready-markers.js';
import { parseLayout } from '../../../../src/domain/layout.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

describe('looking at a case folder', () => {
  const temp = tempFolder();
  const layout = parseLayout('{case}');
  /** Whose share answers nothing but this when a marker is asked for. */
  const answering = (code: string): ReadyMarkers => {
    const answer = Object.assign(new Error(code), { code, syscall: 'lstat' });
    return { look: () => Promise.reject(answer) } as unknown as ReadyMarkers;
  };

  it('says that the share does not answer, rather than that there is no such folder', async () => {
    mkdirSync(join(temp.path, 'case'));
    const look = (code: string): Promise<unknown> =>
      rejection(lookAtFolder(temp.path, layout, 'case', answering(code)));
    expect(await look('EIO')).to.include({ code: 'disk.failed', severity: 'transient' });
    expect(await look('EACCES')).to.include({ code: 'intake.no-such-folder' });
    expect(await rejection(lookAtFolder(temp.path, layout, 'gone', null))).to.include({
      code: 'intake.no-such-folder',
    });
  });
});

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { AllManifestChecks } from '../../src/adapters/watcher/all-manifest-checks.js';
import type { ManifestFinding } from '../../src/domain/manifest-finding.js';
import type { ManifestCheck } from '../../src/ports/manifest-check.js';
import { FakeManifestCheck } from '../fakes/fake-manifest-check.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';

describe('Manifest check', () => {
  const temp = tempFolder();
  const never = new AbortController().signal;
  const FINDING: ManifestFinding = { listed: 3, missing: ['c'], differing: ['b'], unlisted: ['d'] };
  const FILES = ['a', 'b', 'd'];

  /** A folder of those files, whose manifest (if it has one) lists a, b and c. */
  const kinds: Record<string, (hasManifest: boolean) => ManifestCheck> = {
    'in memory': (hasManifest) => {
      const check = new FakeManifestCheck();
      if (hasManifest) check.finding = FINDING;
      return check;
    },
    'of files': (hasManifest) => {
      const write = (path: string, text: string): void => {
        mkdirSync(dirname(join(temp.path, path)), { recursive: true });
        writeFileSync(join(temp.path, path), text);
      };
      for (const file of FILES) write(`case/${file}`, 'as it was sent');
      const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
      const lines = [`${hash('as it was sent')}  a`, `${hash('otherwise')}  b`, `${hash('x')}  c`];
      if (hasManifest) write('case/READY', `${lines.join('\n')}\n`);
      return new AllManifestChecks([
        { name: '', path: join(temp.path, 'elsewhere'), readyMarker: 'READY' },
        { name: 'b', path: temp.path, readyMarker: 'READY' },
      ]);
    },
  };

  for (const [kind, make] of Object.entries(kinds)) {
    describe(kind, () => {
      it('finds what is missing, what differs and what is not listed', async () => {
        expect(await make(true).check({ inbox: 'b', folder: 'case' }, FILES, never)).to.deep.equal(FINDING);
      });

      it('finds nothing to check where there is no manifest', async () => {
        expect(await make(false).check({ inbox: 'b', folder: 'case' }, FILES, never)).to.equal(null);
      });

      it('lets go when told to', async () => {
        const stop = AbortSignal.abort(new Error('stopping'));
        expect(await rejection(make(true).check({ inbox: 'b', folder: 'case' }, FILES, stop))).to.have.property(
          'message',
          'stopping',
        );
      });
    });
  }
});

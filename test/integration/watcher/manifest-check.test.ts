import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FileHashes } from '../../../src/adapters/watcher/file-hashes.js';
import { InboxManifestCheck } from '../../../src/adapters/watcher/inbox-manifest-check.js';
import type { CaseError } from '../../../src/domain/errors.js';
import type { ManifestFinding } from '../../../src/domain/manifest-finding.js';
import { longestBlockMs } from '../../loop-blocks.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const MARKER = '_CASE_READY';
/** The longest that the service may stand still for a manifest. */
const LONGEST_MS = 300;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('A case folder with a manifest', () => {
  const temp = tempFolder();
  const never = new AbortController().signal;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(temp.path, path)), { recursive: true });
    writeFileSync(join(temp.path, path), text);
  };
  const check = (
    files: readonly string[],
    signal = never,
    by = new InboxManifestCheck({ inbox: temp.path, readyMarker: MARKER }),
  ): Promise<ManifestFinding | null> => by.check({ folder: 'case' }, files, signal);
  const refusal = async (files: readonly string[] = []): Promise<CaseError> =>
    (await rejection(check(files))) as CaseError;

  it('is as the program sha256sum says, whatever the names, with what is no content left out', async () => {
    const names = ['plan.dcm', 'ct/1.dcm', 'ct/a b.dcm', 'odd\\name', 'two\nlines', '홍길동.dcm'];
    for (const name of names) write(`case/${name}`, name);
    for (const name of ['Thumbs.db', '.hidden', 'MQI_HOLD', MARKER]) write(`case/${name}`, '');
    const program = 'find . -type f -exec sha256sum {} +';
    const manifest = execFileSync('sh', ['-c', program], { cwd: join(temp.path, 'case'), encoding: 'utf8' });
    for (const name of ['Thumbs.db', MARKER]) expect(manifest).to.contain(name);
    write(`case/${MARKER}`, manifest);
    expect(await check(names)).to.deep.equal({ listed: 6, missing: [], differing: [], unlisted: [] });
  });

  it('is held against all its manifests, in it and beside it', async () => {
    write('case/a', 'a');
    write(`case/${MARKER}`, `${sha256('a')}  a\n`);
    write(`case${MARKER}`, `${sha256('b')}  case/b\n`);
    expect(await check(['a'])).to.deep.include({ listed: 2, missing: ['b'] });
  });

  it('is found whole after the file that differed was copied again', async () => {
    const by = new InboxManifestCheck({ inbox: temp.path, readyMarker: MARKER });
    write(`case/${MARKER}`, `${sha256('whole')}  a\n`);
    write('case/a', 'who');
    expect(await check(['a'], never, by)).to.deep.include({ differing: ['a'] });
    appendFileSync(join(temp.path, 'case/a'), 'le');
    expect(await check(['a'], never, by)).to.deep.include({ differing: [] });
  });

  it('reads nothing outside the folder: paths that lead out are refused', async () => {
    write('outside', 'x');
    for (const path of ['../outside', join(temp.path, 'outside'), 'sub/../../outside', '..\\outside', 'C:\\outside']) {
      write(`case/${MARKER}`, `${sha256('x')}  ${path}\n`);
      const error = await refusal(['outside']);
      expect(error).to.include({ code: 'intake.manifest-damaged', severity: 'input' });
      expect(error.message).to.match(/line 1 (leads out of the case folder|has an absolute path)$/);
      expect(error.remedy).not.to.equal('');
    }
  });

  it('follows no link, waits for no pipe, and opens only what the folder was found to hold', async () => {
    write('outside/secret', 'x');
    write('case/plain', 'x');
    symlinkSync(join(temp.path, 'outside'), join(temp.path, 'case', 'linked'));
    symlinkSync(join(temp.path, 'outside', 'secret'), join(temp.path, 'case', 'link'));
    execFileSync('mkfifo', [join(temp.path, 'case', 'pipe')]);
    const listed = ['linked/secret', 'link', 'pipe', 'plain'];
    write(`case/${MARKER}`, listed.map((path) => `${sha256('x')}  ${path}\n`).join(''));
    expect(await check(['link', 'linked', 'pipe', 'plain'])).to.deep.equal({
      listed: 4,
      missing: ['linked/secret'],
      differing: ['link', 'pipe'],
      unlisted: ['linked'],
    });
  });

  it('is refused for a manifest of more than 10 MiB, and accepted with a long text that is none', async () => {
    write(`case/${MARKER}`, `${sha256('x')}  a\n`);
    truncateSync(join(temp.path, 'case', MARKER), 20 * 2 ** 20);
    expect((await refusal()).message).to.contain('longer than 10 MiB');
    write(`case/${MARKER}`, 'x');
    truncateSync(join(temp.path, 'case', MARKER), 20 * 2 ** 20);
    expect(await check([])).to.equal(null);
  });

  it('answers the longest manifest without stopping the service meanwhile', async () => {
    const line = (i: number): string => `${sha256('x')}  ct/${String(i).padStart(40, '0')}.dcm\n`;
    write(`case/${MARKER}`, Array.from({ length: 90_000 }, (_, i) => line(i)).join(''));
    const longestMs = await longestBlockMs(LONGEST_MS, async () => {
      expect((await check([]))?.missing).to.have.length(90_000);
    });
    expect(longestMs).to.be.below(LONGEST_MS);
  });

  it('gives the hash of a file that is read in parts, and not the former one when the file was replaced', async () => {
    const hashes = new FileHashes();
    const path = join(temp.path, 'big');
    writeFileSync(path, Buffer.alloc(1_000_003, 7));
    const of = (): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(await hashes.of(path, never)).to.equal(of());
    expect(await hashes.of(path, never)).to.equal(of());
    writeFileSync(`${path}.new`, Buffer.alloc(1_000_003, 8));
    utimesSync(`${path}.new`, 1, 1);
    renameSync(`${path}.new`, path);
    expect(await hashes.of(path, never)).to.equal(of());
    expect(await hashes.of(join(temp.path, 'none'), never)).to.equal('gone');
  });
});

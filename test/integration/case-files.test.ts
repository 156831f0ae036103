import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { LocalCaseFiles } from '../../src/adapters/case-files/local-case-files.js';
import { Folders } from '../../src/domain/folders.js';
import type { FilesOf } from '../../src/ports/case-files.js';
import { tempFolder } from '../temp-folder.js';

const kase = { id: 'c1', run: 2 };
const OF: FilesOf = { kase, results: kase, beams: [{ beamNumber: 1, attempt: 2 }] };

describe('files of a case to download', () => {
  const folder = tempFolder();
  let folders: Folders;
  let files: LocalCaseFiles;
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  beforeEach(() => {
    folders = new Folders(join(folder.path, 'root'), join(folder.path, 'root', 'inbox'));
    files = new LocalCaseFiles(folders);
    write(folders.beamDose(kase, 1), 'dose of beam 1');
    write(folders.beamInput(kase, 1), '{}');
    write(folders.caseLog('c1'), 'log');
    write(join(folders.attempt(kase, 1, 2), 'engine.log'), 'second try');
    write(join(folders.attempt(kase, 1, 1), 'engine.log'), 'first try');
    write(folders.beamDose({ id: 'c2', run: 1 }, 1), 'of another case');
  });
  const idOf = async (name: string, of = OF): Promise<string> => {
    const found = (await files.list(of)).find((file) => file.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found.id;
  };
  const content = async (id: string, of = OF): Promise<string | null> => {
    const file = await files.open(of, id);
    return file === null ? null : text(file.stream(0, file.bytes - 1));
  };

  it('are those that are there: doses, inputs, logs, the newest attempt first', async () => {
    const list = await files.list(OF);
    expect(list.map(({ name, kind, bytes }) => [name, kind, bytes])).to.deep.equal([
      ['c1.RD.001.dcm', 'dose', 14],
      ['c1.beam-001.json', 'input', 2],
      ['c1.log', 'log', 3],
      ['c1.beam-001.attempt-2.log', 'log', 10],
      ['c1.beam-001.attempt-1.log', 'log', 9],
    ]);
    expect(new Set(list.map(({ id }) => id)).size).to.equal(5);
  });

  it('are had by their id, whole or in part', async () => {
    const id = await idOf('c1.RD.001.dcm');
    expect(await content(id)).to.equal('dose of beam 1');
    const file = await files.open(OF, id);
    expect(await text(file!.stream(8, 11))).to.equal('beam');
  });

  it('are of another run where that one’s results stand for this one’s', async () => {
    const of = { ...OF, results: { id: 'c2', run: 1 } };
    expect(await content(await idOf('c1.RD.001.dcm', of), of)).to.equal('of another case');
  });

  it('have ids that say nothing of where they are, and no other id gives anything', async () => {
    const id = await idOf('c1.RD.001.dcm');
    expect(id).to.match(/^[\w-]{22}$/);
    const others = [
      '../../../etc/passwd',
      '/etc/passwd',
      'c1.RD.001.dcm',
      `${id}x`,
      id.slice(1),
      '',
      '..',
      '%2e%2e',
      '\0',
    ];
    for (const other of others) expect(await files.open(OF, other), other).to.equal(null);
    const of = { ...OF, kase: { id: 'c2', run: 1 }, results: { id: 'c2', run: 1 } };
    expect(await files.open(of, id), 'of another case').to.equal(null);
  });

  it('are no links, whatever stands behind them', async () => {
    const log = join(folders.attempt(kase, 1, 2), 'engine.log');
    const id = await idOf('c1.beam-001.attempt-2.log');
    renameSync(log, `${log}.old`);
    symlinkSync('/etc/passwd', log);
    expect(await files.open(OF, id)).to.equal(null);
    expect((await files.list(OF)).some((file) => file.id === id)).to.equal(false);
  });

  it('are not found through a folder that is a link', async () => {
    const id = await idOf('c1.beam-001.attempt-2.log');
    const attempt = folders.attempt(kase, 1, 2);
    renameSync(attempt, join(folder.path, 'elsewhere'));
    symlinkSync(join(folder.path, 'elsewhere'), attempt);
    expect(readFileSync(join(attempt, 'engine.log'), 'utf8')).to.equal('second try');
    expect(await files.open(OF, id)).to.equal(null);
  });

  it('are found where the root itself is a link, as administrators set it', async () => {
    symlinkSync(folders.root, join(folder.path, 'link'));
    const linked = new LocalCaseFiles(new Folders(join(folder.path, 'link'), join(folder.path, 'link', 'inbox')));
    const file = await linked.open(OF, await idOf('c1.log'));
    expect(await text(file!.stream(0, 2))).to.equal('log');
  });

  it('are no folders and nothing that would block', async () => {
    const log = join(folders.attempt(kase, 1, 2), 'engine.log');
    const id = await idOf('c1.beam-001.attempt-2.log');
    renameSync(log, `${log}.old`);
    execFileSync('mkfifo', [log]);
    expect(await files.open(OF, id)).to.equal(null);
    renameSync(log, `${log}.fifo`);
    mkdirSync(log);
    expect(await files.open(OF, id)).to.equal(null);
  });

  it('keep to the length they had when they were opened, though a log grows', async () => {
    const file = await files.open(OF, await idOf('c1.log'));
    writeFileSync(folders.caseLog('c1'), 'log and more');
    expect(await text(file!.stream(0, file!.bytes - 1))).to.equal('log');
  });
});

import { appendFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FileLogReader } from '../../src/adapters/logging/file-log-reader.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { Folders } from '../../src/domain/folders.js';
import { tempFolder } from '../temp-folder.js';

const ENGINE = { kind: 'engine', caseId: 'c1', run: 1, beamNumber: 1, attempt: 1 } as const;

describe('parts of a log on the disk', () => {
  const folder = tempFolder();
  let reader: FileLogReader;
  let path: string;
  beforeEach(() => {
    const folders = new Folders(folder.path, join(folder.path, 'inbox'));
    reader = new FileLogReader(folders, new SystemClock());
    path = join(folders.attempt({ id: 'c1', run: 1 }, 1, 1), 'engine.log');
    mkdirSync(dirname(path), { recursive: true });
  });
  /** All lines from a place on, with the size of the largest part. */
  const allFrom = async (start: string | null): Promise<{ lines: string[]; largest: number }> => {
    const lines: string[] = [];
    let largest = 0;
    for (let part = await reader.part(ENGINE, start); ; part = await reader.part(ENGINE, part.next)) {
      lines.push(...part.lines);
      largest = Math.max(
        largest,
        part.lines.reduce((sum, line) => sum + line.length + 1, 0),
      );
      if (!part.more && part.lines.length === 0) return { lines, largest };
    }
  };

  it('are at most 64 KiB, and together the whole log', async () => {
    const written = Array.from({ length: 20_000 }, (_, i) => `step ${String(i)} ${'x'.repeat(i % 60)}`);
    writeFileSync(path, `${written.join('\n')}\n`);
    const { lines, largest } = await allFrom('0.0');
    expect(lines).to.deep.equal(written);
    expect(largest).to.be.at.most(65_536);
  });

  it('begin with the last lines of a large log, from a whole line on', async () => {
    writeFileSync(path, 'a line of the engine\n'.repeat(50_000));
    const { lines } = await reader.part(ENGINE, null);
    expect(new Set(lines)).to.deep.equal(new Set(['a line of the engine']));
    expect(lines.length).to.be.within(3000, 3121);
  });

  it('hold a line back until it has ended', async () => {
    writeFileSync(path, 'done\nhalf a l');
    const first = await reader.part(ENGINE, null);
    expect(first.lines).to.deep.equal(['done']);
    appendFileSync(path, 'ine\n');
    expect((await reader.part(ENGINE, first.next)).lines).to.deep.equal(['half a line']);
  });

  it('give a line without end piece by piece instead of collecting it', async () => {
    writeFileSync(path, 'x'.repeat(200_000));
    const { lines, largest } = await allFrom('0.0');
    expect(largest).to.be.at.most(65_537);
    expect(lines.join('').length).to.be.within(190_000, 200_000);
  });

  it('go on across a rotation', async () => {
    writeFileSync(path, 'a\nb\n');
    const first = await reader.part(ENGINE, null);
    appendFileSync(path, 'c\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'd\n');
    expect((await allFrom(first.next)).lines).to.deep.equal(['c', 'd']);
  });

  it('show nothing of what a link in place of the log points to', async () => {
    const secret = join(folder.path, 'secret');
    writeFileSync(secret, 'not yours\n');
    symlinkSync(secret, path);
    expect(await reader.part(ENGINE, null)).to.deep.equal({ lines: [], next: null, more: false });
    expect((await reader.part(ENGINE, '0.0')).lines).to.deep.equal([]);
    expect(await reader.tail(ENGINE, 5)).to.deep.equal([]);
  });

  it('begin anew for a place that nobody gave out', async () => {
    writeFileSync(path, 'a\n');
    for (const place of ['../../etc/passwd', '-5', '99999.1', '0.0', '']) {
      expect((await reader.part(ENGINE, place)).lines, place).to.deep.equal(['a']);
    }
  });
});

import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FileLogReader } from '../../src/adapters/logging/file-log-reader.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { Folders } from '../../src/domain/folders.js';
import type { LogReader, LogSource } from '../../src/ports/log-reader.js';
import { FakeLogReader } from '../fakes/fake-log-reader.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

interface Specimen {
  readonly reader: LogReader;
  readonly write: (source: LogSource, ...lines: string[]) => void;
}

function real(folder: string): Specimen {
  const folders = new Folders(folder, join(folder, 'inbox'));
  const pathOf = (source: LogSource): string => {
    if (source.kind === 'service') return folders.serviceLog();
    if (source.kind === 'case') return folders.caseLog(source.caseId);
    const kase = { id: source.caseId, run: source.run };
    if (source.kind === 'interpreter') return join(folders.interpretation(kase), 'engine.log');
    return join(folders.attempt(kase, source.beamNumber, source.attempt), 'engine.log');
  };
  return {
    reader: new FileLogReader(folders, new SystemClock()),
    write: (source, ...lines) => {
      mkdirSync(dirname(pathOf(source)), { recursive: true });
      appendFileSync(pathOf(source), lines.map((line) => `${line}\n`).join(''));
    },
  };
}

function fake(): Specimen {
  const reader = new FakeLogReader();
  return { reader, write: (source, ...lines) => reader.add(source, ...lines) };
}

const SERVICE: LogSource = { kind: 'service' };
const CASE: LogSource = { kind: 'case', caseId: 'c1' };
const ENGINE: LogSource = { kind: 'engine', caseId: 'c1', run: 1, beamNumber: 2, attempt: 3 };

for (const [name, specimen] of [
  ['files', real],
  ['the fake of the tests', fake],
] as const) {
  describe(`log reader contract: ${name}`, () => {
    const folder = tempFolder();
    let abort: AbortController;
    beforeEach(() => {
      abort = new AbortController();
    });
    afterEach(() => {
      abort.abort();
    });

    it("gives what a site's own interpreter printed in a run", async () => {
      const { reader, write } = specimen(folder.path);
      const source: LogSource = { kind: 'interpreter', caseId: 'c1', run: 2 };
      write(source, 'a', 'b');
      expect(await reader.tail(source, 1)).to.deep.equal(['b']);
    });

    it('gives the last lines of each log by itself, oldest first', async () => {
      const { reader, write } = specimen(folder.path);
      write(SERVICE, 'a', 'b', 'c');
      write(CASE, 'd');
      write(ENGINE, 'e', 'f');
      expect(await reader.tail(SERVICE, 2)).to.deep.equal(['b', 'c']);
      expect(await reader.tail(CASE, 2)).to.deep.equal(['d']);
      expect(await reader.tail(ENGINE, 9)).to.deep.equal(['e', 'f']);
      expect(await reader.tail({ ...ENGINE, attempt: 4 }, 9)).to.deep.equal([]);
      expect(await reader.tail(SERVICE, 0)).to.deep.equal([]);
    });

    it('gives a log part by part to those who ask again and again, none twice and none left out', async () => {
      const { reader, write } = specimen(folder.path);
      expect(await reader.part(CASE, null)).to.deep.equal({ lines: [], next: null, more: false });
      write(CASE, 'a', 'b');
      const first = await reader.part(CASE, null);
      expect(first.lines).to.deep.equal(['a', 'b']);
      expect((await reader.part(CASE, first.next)).lines).to.deep.equal([]);
      write(CASE, 'c', 'd');
      const second = await reader.part(CASE, first.next);
      expect([second.lines, second.more]).to.deep.equal([['c', 'd'], false]);
      expect((await reader.part(CASE, second.next)).lines).to.deep.equal([]);
    });

    for (const before of [[], ['a', 'b', 'c']]) {
      it(`follows a log of ${String(before.length)} lines, none twice and none left out, until told to end`, async () => {
        const { reader, write } = specimen(folder.path);
        if (before.length > 0) write(CASE, ...before);
        const seen: string[] = [];
        const done = (async () => {
          for await (const line of reader.follow(CASE, 2, abort.signal)) seen.push(line);
        })();
        const last = before.slice(-2);
        await until('last lines', () => seen.length === last.length);
        write(CASE, 'd');
        await until('next line', () => seen.length === last.length + 1);
        write(CASE, 'e', 'f');
        await until('next lines', () => seen.length === last.length + 3);
        abort.abort();
        await done;
        expect(seen).to.deep.equal([...last, 'd', 'e', 'f']);
      });
    }
  });
}

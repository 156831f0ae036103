import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FileLogReader } from '../../../../src/adapters/logging/file-log-reader.js';
import { WinstonLogger } from '../../../../src/adapters/logging/winston-logger.js';
import { SystemClock } from '../../../../src/adapters/system-clock/system-clock.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { LogSource } from '../../../../src/ports/log-reader.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { tempFolder } from '../../../temp-folder.js';
import { until } from '../../../until.js';

const SERVICE: LogSource = { kind: 'service' };

describe('reading logs', () => {
  const folder = tempFolder();
  const folders = (): Folders => new Folders(folder.path, join(folder.path, 'inbox'));
  const write = (path: string, text: string): string => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const numbered = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `line ${String(from + i)}`);

  describe('the last lines', () => {
    const tail = (source: LogSource, lines: number): Promise<readonly string[]> =>
      new FileLogReader(folders(), new SystemClock()).tail(source, lines);

    it('are empty where nothing was ever logged', async () => {
      expect(await tail({ kind: 'case', caseId: 'c1' }, 10)).to.deep.equal([]);
    });

    it('come oldest first, as many as asked for', async () => {
      write(folders().serviceLog(), `${numbered(0, 20_000).join('\n')}\n`);
      expect(await tail(SERVICE, 3)).to.deep.equal(numbered(19_997, 20_000));
      expect(await tail(SERVICE, 19_999)).to.deep.equal(numbered(1, 20_000));
      expect(await tail(SERVICE, 99_999)).to.have.length(20_000);
      expect(await tail(SERVICE, 0)).to.deep.equal([]);
    });

    it('reach back into the files put aside', async () => {
      const path = write(folders().serviceLog(), 'line 4\n');
      write(`${path}.1`, 'line 2\nline 3\n');
      write(`${path}.2`, 'line 0\nline 1\n');
      expect(await tail(SERVICE, 4)).to.deep.equal(numbered(1, 5));
      expect(await tail(SERVICE, 9)).to.deep.equal(numbered(0, 5));
    });

    it('are those of a case, or of an attempt of an engine, also an unfinished one', async () => {
      write(folders().caseLog('c1'), 'of the case\n');
      write(join(folders().attempt({ id: 'c1', run: 2 }, 7, 3), 'engine.log'), 'begun\n50 %');
      expect(await tail({ kind: 'case', caseId: 'c1' }, 5)).to.deep.equal(['of the case']);
      const engine = { kind: 'engine', caseId: 'c1', run: 2, beamNumber: 7, attempt: 3 } as const;
      expect(await tail(engine, 5)).to.deep.equal(['begun', '50 %']);
      expect(await tail(engine, 1)).to.deep.equal(['50 %']);
    });
  });

  describe('following', () => {
    const abort = { controller: new AbortController() };
    beforeEach(() => {
      abort.controller = new AbortController();
    });

    /** Follows until stopped; a virtual clock turns the reader's pauses into steps of the test. */
    const follow = (source: LogSource, lines: number) => {
      const clock = new FakeClock();
      const seen: string[] = [];
      const done = (async () => {
        for await (const line of new FileLogReader(folders(), clock).follow(source, lines, abort.controller.signal)) {
          seen.push(line);
        }
      })();
      const look = async (): Promise<void> => {
        await until('reader pauses', () => clock.sleeping > 0);
        await clock.advance(1000);
        await until('reader pauses', () => clock.sleeping > 0);
      };
      const stop = async (): Promise<void> => {
        abort.controller.abort();
        await done;
      };
      return { seen, look, stop };
    };

    it('gives the last lines and then each new one, also one written in parts', async () => {
      const path = write(folders().serviceLog(), `${numbered(0, 5).join('\n')}\n`);
      const { seen, look, stop } = follow(SERVICE, 2);
      await look();
      expect(seen).to.deep.equal(numbered(3, 5));
      const bytes = Buffer.from('größe\n');
      appendFileSync(path, Buffer.concat([Buffer.from('line 5\n'), bytes.subarray(0, 3)]));
      await look();
      expect(seen).to.deep.equal(numbered(3, 6));
      appendFileSync(path, bytes.subarray(3));
      await look();
      expect(seen.at(-1)).to.equal('größe');
      await stop();
    });

    it('waits for a log that is not there yet', async () => {
      const { seen, look, stop } = follow({ kind: 'case', caseId: 'c1' }, 10);
      await look();
      write(folders().caseLog('c1'), 'first\n');
      await look();
      expect(seen).to.deep.equal(['first']);
      await stop();
    });

    it('misses nothing when the log is put aside, even twice between two looks', async () => {
      const path = write(folders().serviceLog(), 'line 0\n');
      const { seen, look, stop } = follow(SERVICE, 10);
      await look();
      appendFileSync(path, 'line 1\n');
      renameSync(path, `${path}.1`);
      await look();
      expect(seen).to.deep.equal(numbered(0, 2));
      write(path, 'line 2\n');
      renameSync(`${path}.1`, `${path}.2`);
      renameSync(path, `${path}.1`);
      write(path, 'line 3\n');
      await look();
      expect(seen).to.deep.equal(numbered(0, 4));
      await stop();
    });

    it('keeps up with a service that logs and rotates all the time', async () => {
      const seen: string[] = [];
      const { signal } = abort.controller;
      const reader = new FileLogReader(folders(), new SystemClock());
      const done = (async () => {
        for await (const line of reader.follow(SERVICE, 0, signal)) seen.push(line);
      })();
      const log = WinstonLogger.create({
        level: 'info',
        folders: folders(),
        maxBytes: 20_000,
        keepFiles: 40,
        console: null,
      });
      for (let count = 0; count < 2000; count++) {
        log.info('counting', { count });
        if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await log.close();
      await until('all lines', () => seen.length >= 2000);
      abort.controller.abort();
      await done;
      expect(seen.map((line) => (JSON.parse(line) as { count: number }).count)).to.deep.equal(
        Array.from({ length: 2000 }, (_, i) => i),
      );
    });
  });
});

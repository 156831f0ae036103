import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { WinstonLogger } from '../../src/adapters/logging/winston-logger.js';
import { Folders } from '../../src/domain/folders.js';
import type { Logger } from '../../src/ports/logger.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { tempFolder } from '../temp-folder.js';

interface Specimen {
  readonly logger: Logger;
  /** What was logged, after the logger was closed. */
  readonly lines: () => readonly Readonly<Record<string, unknown>>[];
}

function real(folder: string): Specimen {
  const folders = new Folders(folder, join(folder, 'inbox'));
  const options = { level: 'debug', folders, maxBytes: 1e6, keepFiles: 1, console: null } as const;
  const read = (): string => (existsSync(folders.serviceLog()) ? readFileSync(folders.serviceLog(), 'utf8') : '');
  return {
    logger: WinstonLogger.create(options),
    lines: () =>
      read()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

function fake(): Specimen {
  const logger = new FakeLogger();
  return { logger, lines: () => logger.lines.map(({ fields, ...line }) => ({ ...line, ...fields })) };
}

for (const [name, specimen] of [
  ['files', real],
  ['the fake of the tests', fake],
] as const) {
  describe(`logger contract: ${name}`, () => {
    const folder = tempFolder();

    it('keeps level, message and fields, in order', async () => {
      const { logger, lines } = specimen(folder.path);
      logger.debug('first');
      logger.info('second', { files: 3 });
      logger.warn('third', { code: 'engine.lost' }, new Error('why'));
      logger.error('fourth', {}, 'not even an error');
      await logger.close();
      expect(lines().map(({ level, message }) => [level, message])).to.deep.equal([
        ['debug', 'first'],
        ['info', 'second'],
        ['warn', 'third'],
        ['error', 'fourth'],
      ]);
      expect(lines()[1]).to.include({ files: 3 });
      expect(lines().map((line) => 'cause' in line)).to.deep.equal([false, false, true, true]);
    });

    it('gives the lines of a child its fields too, the nearest one counting, and leaves the parent alone', async () => {
      const { logger, lines } = specimen(folder.path);
      const child = logger.child({ caseId: 'c1', attempt: 1 }).child({ attempt: 2 });
      child.info('of the child', { files: 1 });
      child.info('said anew', { attempt: 3 });
      logger.info('of the parent');
      await logger.close();
      const [first, second, third] = lines();
      expect(first).to.include({ caseId: 'c1', attempt: 2, files: 1 });
      expect(second).to.include({ caseId: 'c1', attempt: 3 });
      expect(third).to.not.have.any.keys('caseId', 'attempt');
    });

    it('closes for all its children, twice without harm', async () => {
      const { logger, lines } = specimen(folder.path);
      const child = logger.child({ caseId: 'c1' });
      child.info('before');
      await child.close();
      await logger.close();
      expect(lines()).to.have.length(1);
    });
  });
}

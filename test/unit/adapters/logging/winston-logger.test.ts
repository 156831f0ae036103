import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { WinstonLogger, type LoggingOptions } from '../../../../src/adapters/logging/winston-logger.js';
import { permanent } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import { LOG_FIELDS, type LogFields } from '../../../../src/ports/logger.js';
import { tempFolder } from '../../../temp-folder.js';

describe('log files', () => {
  const folder = tempFolder();
  const folders = (): Folders => new Folders(folder.path, join(folder.path, 'inbox'));
  const logger = (options: Partial<LoggingOptions> = {}): WinstonLogger =>
    WinstonLogger.create({
      level: 'info',
      folders: folders(),
      maxBytes: 1_000_000,
      keepFiles: 3,
      console: null,
      ...options,
    });
  const lines = (path: string): Record<string, unknown>[] =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const everything = (): string =>
    readdirSync(folder.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`)
      .join('\n');

  it('are one JSON object per line, with the time in UTC', async () => {
    const log = logger();
    log.info('case registered', { caseId: 'c1', files: 12 });
    log.debug('too fine');
    await log.close();
    const [line, ...more] = lines(folders().serviceLog());
    expect(more).to.deep.equal([]);
    expect(line).to.include({ level: 'info', message: 'case registered', caseId: 'c1', files: 12 });
    expect(line?.['time']).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('hold what concerns a case also in the file of that case, and only that', async () => {
    const log = logger();
    const [one, two] = [log.child({ caseId: 'c1' }), log.child({ caseId: 'c2' })];
    one.info('step begun', { step: 'validate' });
    two.child({ beamNumber: 4 }).warn('beam failed', { code: 'engine.crashed' });
    log.info('service started');
    await log.close();
    expect(lines(folders().serviceLog()).map(({ message }) => message)).to.deep.equal([
      'step begun',
      'beam failed',
      'service started',
    ]);
    expect(lines(folders().caseLog('c1')).map(({ message }) => message)).to.deep.equal(['step begun']);
    expect(lines(folders().caseLog('c2'))[0]).to.include({ message: 'beam failed', caseId: 'c2', beamNumber: 4 });
  });

  it('are not held open: a thousand cases need no thousand file handles', async function () {
    if (!existsSync('/proc/self/fd')) this.skip();
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open(); // of other files of tests in this process
    const log = logger();
    for (let i = 0; i < 1000; i++) log.info('step begun', { caseId: `case-${String(i)}` });
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, open())), 1);
    await log.close();
    clearInterval(watch);
    expect(readdirSync(join(folder.path, 'logs/cases'))).to.have.length(1000);
    expect(most - before).to.be.lessThan(75);
    expect(open() - before).to.be.lessThan(75);
  });

  it('are put aside at their size, the newest kept under the plain name, no line lost', async () => {
    const log = logger({ maxBytes: 2000, keepFiles: 50 });
    for (let count = 0; count < 200; count++) log.info('counting', { count });
    await log.close();
    const logs = join(folder.path, 'logs');
    const names = readdirSync(logs).filter((name) => name.startsWith('mqi.log'));
    expect(names.length).to.be.greaterThan(5);
    const inOrder = names.map((name) => Number(name.slice('mqi.log.'.length))).sort((a, b) => b - a);
    const counted = inOrder.flatMap((n) => lines(join(logs, n === 0 ? 'mqi.log' : `mqi.log.${String(n)}`)));
    expect(counted.map(({ count }) => count)).to.deep.equal(Array.from({ length: 200 }, (_, i) => i));
    for (const name of names) expect(statSync(join(logs, name)).size).to.be.lessThan(2200);
  });

  it('are kept in the number asked for', async () => {
    const log = logger({ maxBytes: 500, keepFiles: 2 });
    for (let count = 0; count < 100; count++) log.info('counting', { count });
    await log.close();
    expect(readdirSync(join(folder.path, 'logs')).filter((name) => name !== 'cases')).to.have.members(
      ['mqi.log', 'mqi.log.1', 'mqi.log.2'].filter((name) => existsSync(join(folder.path, 'logs', name))),
    );
    expect(existsSync(join(folder.path, 'logs', 'mqi.log.2'))).to.equal(true);
  });

  it('go on where an earlier service stopped', async () => {
    for (const message of ['first service', 'second service']) {
      const log = logger();
      log.info(message);
      await log.close();
    }
    expect(lines(folders().serviceLog())).to.have.length(2);
  });

  it('that cannot be written stop nobody, and are reported once', async () => {
    writeFileSync(join(folder.path, 'logs'), 'a file where the folder should be');
    let text = '';
    const console = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        done();
      },
    });
    const log = logger({ console });
    for (let i = 0; i < 5; i++) log.info('still running');
    await log.close();
    expect(text.match(/log files cannot be written/g)).to.have.length(1);
    expect(text.match(/still running/g)).to.have.length(5);
  });

  it('take nothing more once closed, and close twice without harm', async () => {
    const log = logger();
    log.info('before');
    await log.close();
    log.info('after');
    await log.close();
    expect(lines(folders().serviceLog())).to.have.length(1);
  });

  it('show people one short line each', async () => {
    let text = '';
    const console = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        done();
      },
    });
    const log = logger({ console });
    log.warn('beam failed', { caseId: 'c1', remedy: 'try again' }, permanent('engine.bad-dose', 'dose is empty'));
    await log.close();
    expect(text).to.match(
      /^\d\d:\d\d:\d\d warn {2}beam failed caseId=c1 remedy="try again" \(engine\.bad-dose at .*\)\n$/,
    );
  });

  describe('never hold patient data', () => {
    const PLANTED = ['Hong^Gildong', 'PAT-0815', '19500101', 'Dr Watson', 'HONG GILDONG 0815 prostate', '홍길동'];
    const planted = (): string[] => PLANTED.filter((text) => everything().includes(text));
    const forced = (fields: unknown): LogFields => fields as LogFields;

    it('under names that are not allowed', async () => {
      const log = logger();
      log.info('case registered', forced({ patientName: PLANTED[0], PatientID: PLANTED[1], folder: PLANTED[4] }));
      log.child(forced({ dicom: { PatientBirthDate: PLANTED[2] }, operator: PLANTED[3] })).info('case registered');
      log.info('case registered', forced([PLANTED[0]]));
      log.info('case registered', forced(PLANTED[0]));
      await log.close();
      expect(planted()).to.deep.equal([]);
      expect(lines(folders().serviceLog())).to.have.length(4);
      expect(Object.keys(lines(folders().serviceLog())[0] ?? {})).to.deep.equal(['time', 'level', 'message']);
    });

    it('as values of allowed names, whole or nested', async () => {
      const log = logger();
      for (const text of ['Hong^Gildong', 'HONG GILDONG 0815 prostate', '홍길동', 'Dr Watson']) {
        for (const field of LOG_FIELDS.filter((name) => name !== 'remedy')) {
          log.info('planted', forced({ [field]: text }));
          log.info('planted', forced({ [field]: { text } }));
          log.info('planted', forced({ [field]: [text] }));
        }
      }
      await log.close();
      expect(planted()).to.deep.equal([]);
      expect(everything()).to.contain('[withheld]');
    });

    it('as values that look like a name or a number of a patient, where only words of ours belong', async () => {
      const log = logger();
      for (const field of [
        'step',
        'state',
        'from',
        'to',
        'event',
        'code',
        'severity',
        'kind',
        'mode',
        'signal',
        'engine',
      ]) {
        for (const text of ['PAT-0815', '19500101', 'Hong', 'HONG']) log.info('planted', forced({ [field]: text }));
      }
      log.info('meant', { step: 'validate', state: 'registered', code: 'engine.bad-dose', kind: 'water-phantom' });
      log.info('meant', { code: 'ENOENT', signal: 'SIGTERM', engine: 'pencil-beam', severity: 'input' });
      await log.close();
      expect(planted()).to.deep.equal([]);
      expect(everything()).to.not.match(/"Hong"|"HONG"/);
      expect(everything().match(/withheld/g)).to.have.length(44);
    });

    it('as the name of a case file', async () => {
      const log = logger();
      log.child(forced({ caseId: '../../Hong^Gildong' })).info('planted');
      log.child(forced({ caseId: '..' })).info('planted');
      await log.close();
      expect(planted()).to.deep.equal([]);
      expect(existsSync(join(folder.path, 'logs/cases'))).to.equal(false);
    });

    it('in the message, name, code, stack or causes of an error', async () => {
      const log = logger();
      const secret = PLANTED.join(' ');
      const frames = `${secret}\n    at Hong^Gildong (/inbox/PAT-0815/plan.js:1:1)\n    at x (/in/PAT-0815.js:1:2)`;
      const inner = new TypeError(frames);
      const outer = permanent('engine.bad-dose', secret, { cause: inner });
      log.error('step failed', { caseId: 'c1' }, outer);
      log.error('step failed', {}, Object.assign(new Error(secret), { name: secret, code: secret, path: secret }));
      log.error('step failed', {}, secret);
      log.error('step failed', {}, { secret });
      log.error('step failed', {}, Object.assign(new Error('x'), { stack: frames }));
      mkdirSync(join(folder.path, 'inbox'), { recursive: true });
      try {
        readFileSync(join(folder.path, 'inbox', secret));
      } catch (error) {
        log.error('step failed', {}, error);
      }
      await log.close();
      const [first, second, third, , , last] = lines(folders().serviceLog());
      expect(planted()).to.deep.equal([]);
      expect(first?.['cause']).to.have.property('code', 'engine.bad-dose');
      expect(first?.['cause']).to.have.nested.property('cause.name', 'TypeError');
      expect(first?.['cause']).to.have.property('frames').that.has.length.greaterThan(1);
      expect(second?.['cause']).to.have.property('name', 'Error');
      expect(third?.['cause']).to.deep.equal({ name: 'string' });
      expect(last?.['cause']).to.have.property('code', 'ENOENT');
    });

    it('on lines of their own, smuggled in with control characters', async () => {
      const log = logger();
      log.info('one\n{"level":"error"}\u001b[2J\u202e\u2028two', { remedy: 'a\nb' });
      await log.close();
      const text = readFileSync(folders().serviceLog(), 'utf8');
      expect(text.trimEnd().split('\n')).to.have.length(1);
      for (const mark of ['\u001b', '\u202e', '\u2028']) expect(text).to.not.contain(mark);
      expect(lines(folders().serviceLog())[0]).to.include({ remedy: '[withheld]' });
    });
  });
});

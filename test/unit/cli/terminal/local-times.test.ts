import { expect } from 'chai';
import { consoleLine } from '../../../../src/adapters/logging/log-line.js';
import { failureLine } from '../../../../src/cli/failure-line.js';
import { localTimes } from '../../../../src/cli/terminal/local-times.js';

/** As in a place with this zone. */
function inZone<T>(zone: string, work: () => T): T {
  const before = process.env['TZ'];
  process.env['TZ'] = zone;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}

describe('times in words of the command line', () => {
  it('are local, as those in its tables, with the offset, as words are passed on', () => {
    inZone('Asia/Seoul', () => {
      expect(localTimes('host far cannot be reached since 2026-11-23T14:02Z')).to.equal(
        'host far cannot be reached since 2026-11-23 23:02 +09:00',
      );
      expect(localTimes('target pacs, next attempt at 2026-11-26 22:10:05 UTC')).to.equal(
        'target pacs, next attempt at 2026-11-27 07:10:05 +09:00',
      );
    });
    inZone('America/St_Johns', () => {
      expect(localTimes('lost since 2026-07-01T00:00:07.123Z: gone')).to.equal(
        'lost since 2026-06-30 21:30:07 -02:30: gone',
      );
    });
  });

  it('stay as they are where no zone is said: the clock of a machine has none', () => {
    const words = 'fraction 1 (2026-11-23 12:00:00), until 2026-99-99T00:00Z';
    expect(inZone('Asia/Seoul', () => localTimes(words))).to.equal(words);
  });

  it('are local in what goes wrong, and in the lines of a service in the foreground', () => {
    inZone('Europe/Berlin', () => {
      const message = 'a service is running on this root: pid 7 on here since 2026-11-26T19:02:07.123Z';
      expect(failureLine({ message, remedy: 'stop it' })).to.contain('since 2026-11-26 20:02:07 +01:00; stop it');
      const line = { time: '2026-11-26T23:03:04.000Z', level: 'warn', message: 'x', fields: {}, cause: null };
      expect(consoleLine(line)).to.match(/^00:03:04 warn /);
    });
  });
});

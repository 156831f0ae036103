import { expect } from 'chai';
import { momentOf, wallClock } from '../../../../../src/adapters/dicom/writing/wall-clock.js';

describe('the wall clock in a dose', () => {
  const zone = process.env.TZ;
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it('is local time with its offset, east and west of Greenwich and in half hours', () => {
    const moment = Date.UTC(2026, 0, 2, 3, 4, 5, 67);
    const clocks = ['UTC', 'Asia/Seoul', 'America/New_York', 'Asia/Kolkata', 'America/St_Johns'].map((name) => {
      process.env.TZ = name;
      const { date, time, offsetFromUtc } = wallClock(moment);
      return `${date} ${time} ${offsetFromUtc}`;
    });
    expect(clocks).to.deep.equal([
      '20260102 030405.067 +0000',
      '20260102 120405.067 +0900',
      '20260101 220405.067 -0500',
      '20260102 083405.067 +0530',
      '20260101 233405.067 -0330',
    ]);
  });

  it('gives the moment back, also in the hour that comes twice when summer time ends', () => {
    process.env.TZ = 'Europe/Berlin';
    for (const moment of [
      Date.UTC(2026, 9, 25, 0, 30),
      Date.UTC(2026, 9, 25, 1, 30),
      0,
      Date.UTC(2026, 6, 1, 12, 0, 0, 999),
    ]) {
      expect(momentOf(wallClock(moment))).to.equal(moment);
    }
  });

  it('is not read from anything else', () => {
    expect(momentOf({ date: '20260102', time: '0304', offsetFromUtc: '+0000' })).to.equal(null);
    expect(momentOf({ date: '20261302', time: '030405.067', offsetFromUtc: '+0000' })).to.equal(null);
    expect(momentOf({ date: '', time: '', offsetFromUtc: '' })).to.equal(null);
  });
});

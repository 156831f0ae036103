import { expect } from 'chai';
import { diskForecast, forecastWords, type DiskSample } from '../../../src/domain/disk-forecast.js';

const HOUR = 3_600_000;
const GIB = 2 ** 30;
const NOW = Date.UTC(2026, 10, 26);

/** Hourly, ending now with `lastGiB`. */
const falling = (hours: number, gibPerDay: number, lastGiB: number): DiskSample[] =>
  Array.from({ length: hours + 1 }, (_, index) => ({
    at: NOW - (hours - index) * HOUR,
    freeBytes: (lastGiB + ((hours - index) / 24) * gibPerDay) * GIB,
  }));

describe('the forecast of the disk', () => {
  it('tells in how many days only the limit is left, at the rate of the last fortnight', () => {
    const forecast = diskForecast(falling(14 * 24, 10, 95), 5 * GIB, NOW);
    expect(forecast.kind === 'fills' && Math.round(forecast.days)).to.equal(9);
    expect(forecastWords(forecast)).to.match(/^down to the limit in (8|9) days, 10\.0 GiB a day$/);
  });

  it('counts from now, not from the last sample', () => {
    const forecast = diskForecast(falling(14 * 24, 10, 95), 5 * GIB, NOW + 48 * HOUR);
    expect(forecast.kind === 'fills' && Math.round(forecast.days)).to.equal(7);
  });

  it('is not moved by one large case that came and went', () => {
    const samples = falling(14 * 24, 1, 100).map((sample, index) =>
      index > 100 && index < 120 ? { ...sample, freeBytes: 20 * GIB } : sample,
    );
    const forecast = diskForecast(samples, 5 * GIB, NOW);
    expect(forecast.kind === 'fills' && forecast.bytesPerDay / GIB).to.be.closeTo(1, 0.05);
  });

  it('says so where the disk does not fill up, and where too little is known', () => {
    expect(diskForecast(falling(48, -3, 50), 5 * GIB, NOW).kind).to.equal('steady');
    expect(diskForecast(falling(48, 0, 50), 5 * GIB, NOW).kind).to.equal('steady');
    expect(diskForecast(falling(6, 10, 50), 5 * GIB, NOW).kind).to.equal('unknown');
    expect(diskForecast([], 5 * GIB, NOW).kind).to.equal('unknown');
    expect(forecastWords(diskForecast(falling(48, 24, 5.1), 5 * GIB, NOW))).to.match(/within a day/);
  });
});

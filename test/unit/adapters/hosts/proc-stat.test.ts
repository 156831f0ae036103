import { expect } from 'chai';
import { hostFailure } from '../../../../src/adapters/hosts/host-failure.js';
import { anyProcess, parseProcStat } from '../../../../src/adapters/hosts/proc-stat.js';

describe('what the system says of processes', () => {
  it('reads a process whose name holds spaces and brackets', () => {
    const after = 'S 1 42 43 0 -1 0 0 0 0 0 10 20 3 4 20 0 1 0 98765 0 0';
    expect(parseProcStat(`42 (a ) R (b) ${after}`)).to.deep.equal({
      pid: 42,
      state: 'S',
      processGroup: 42,
      session: 43,
      cpuTicks: 37,
      startTicks: '98765',
    });
    expect(parseProcStat('')).to.equal(null);
    expect(parseProcStat('42 (cut) S 1 42')).to.equal(null);
  });

  it('knows this process', () => {
    expect(anyProcess(process.pid)).to.include({ pid: process.pid });
    expect(anyProcess(2 ** 30)).to.equal(null);
  });

  it('tells a full disk and missing rights from what passes', () => {
    const failure = (code: string): object => {
      const { severity, code: ours } = hostFailure(
        Object.assign(new Error('/secret/path'), { code }),
        'starting a job',
      );
      return { severity, ours };
    };
    expect(failure('ENOSPC')).to.deep.equal({ severity: 'operator', ours: 'disk.full' });
    expect(failure('EROFS')).to.deep.equal({ severity: 'operator', ours: 'disk.read-only' });
    expect(failure('EAGAIN')).to.deep.equal({ severity: 'transient', ours: 'host.busy' });
    expect(failure('EMFILE')).to.deep.equal({ severity: 'transient', ours: 'host.busy' });
    expect(hostFailure(new Error('/secret/path'), 'starting a job').message).not.to.contain('secret');
  });
});

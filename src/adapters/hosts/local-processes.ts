import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode, hostFailure } from './host-failure.js';
import type { ProcessTable } from './job-processes.js';
import { hasEnvironment, livingProcess, readBootId, type ProcStat } from './proc-stat.js';

/** Processes looked at before others get a turn: about 5 ms. */
const SCAN_TURN = 200;

/** The processes of this machine. */
export class LocalProcesses implements ProcessTable {
  readonly boot = readBootId();

  bootId(): Promise<string | null> {
    return Promise.resolve(this.boot);
  }

  living(pid: number): Promise<ProcStat | null> {
    return Promise.resolve(livingProcess(pid));
  }

  async session(leader: number): Promise<readonly ProcStat[]> {
    const members: ProcStat[] = [];
    let seen = 0;
    for (const entry of readdirSync('/proc')) {
      const stat = /^\d+$/.test(entry) ? livingProcess(entry) : null;
      if (stat !== null && (stat.session === leader || stat.processGroup === leader)) members.push(stat);
      if (++seen % SCAN_TURN === 0) await nextTurn();
    }
    return members;
  }

  hasMark(pid: number, name: string, value: string): Promise<'yes' | 'no' | 'ending'> {
    return Promise.resolve(hasEnvironment(pid, name, value));
  }

  signal(group: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    return new Promise((resolve) => {
      resolve(sendSignal(-group, signal));
    });
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (thrown) {
    if (errorCode(thrown) === 'ESRCH') return false;
    throw hostFailure(thrown, 'signalling a job');
  }
}

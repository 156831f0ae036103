import { parseProcStat, type ProcStat } from '../proc-stat.js';
import type { ProcessTable } from '../job-processes.js';
import { answerOf } from './remote-answer.js';
import type { SshConnection } from './ssh-connection.js';

/** The processes of a machine reached by SSH. */
export class SshProcesses implements ProcessTable {
  constructor(private readonly connection: SshConnection) {}

  bootId(): Promise<string> {
    return this.connection.bootId();
  }

  async living(pid: number): Promise<ProcStat | null> {
    const answer = await this.connection.direct('stat', [String(pid)]);
    return answer.status === 'none' ? null : (living(answerOf(answer).output)[0] ?? null);
  }

  async session(leader: number): Promise<readonly ProcStat[]> {
    return living(answerOf(await this.connection.direct('session', [String(leader)])).output);
  }

  async hasMark(pid: number, name: string, value: string): Promise<'yes' | 'no' | 'ending'> {
    const { status } = await this.connection.direct('mark', [String(pid), `${name}=${value}`]);
    return status === 'yes' || status === 'ending' ? status : 'no';
  }

  async signal(group: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
    const { status } = await this.connection.direct('signal', [signal.slice('SIG'.length), String(group)]);
    return status === 'ok';
  }
}

/** Those that have ended and only wait to be collected are left out. */
function living(lines: Buffer): readonly ProcStat[] {
  return lines
    .toString('utf8')
    .split('\n')
    .map(parseProcStat)
    .filter((stat): stat is ProcStat => stat !== null && stat.state !== 'Z' && stat.state !== 'X');
}

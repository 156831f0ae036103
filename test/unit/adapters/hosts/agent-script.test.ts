import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WAITING_AGENT } from '../../../../src/adapters/hosts/ssh/agent-script.js';
import { anyProcess } from '../../../../src/adapters/hosts/proc-stat.js';
import { encodeLine } from '../../../../src/adapters/hosts/ssh/wire.js';
import { tempFolder } from '../../../temp-folder.js';

describe('what runs at the far end of SSH', () => {
  const folder = tempFolder();

  it('tells of a job only when it has its session, so that one which is cancelled at once is found and ended', async () => {
    // A machine so busy that the new process gets to its session late.
    const programs = join(folder.path, 'bin');
    mkdirSync(programs);
    writeFileSync(join(programs, 'setsid'), '#!/bin/sh\nsleep 0.3\nexec /usr/bin/setsid "$@"\n', { mode: 0o755 });
    const env = { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}` };
    const agent = spawn('sh', ['-c', WAITING_AGENT], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(agent, 'close');
    const answers = createInterface(agent.stdout)[Symbol.asyncIterator]();
    const answer = async (): Promise<string> => String((await answers.next()).value);
    try {
      expect(await answer()).to.match(/^mqi-agent/);
      agent.stdin.write(`1 start ${encodeLine([folder.path, 'engine.log', 'sleep', '5'])}\n`);
      const [, pid = ''] = /^1 ok (\d+),\d+,/.exec(await answer()) ?? [];
      expect(anyProcess(pid)).to.include({ session: Number(pid), processGroup: Number(pid) });
      process.kill(-Number(pid), 'SIGKILL');
      expect(await answer()).to.equal('1 end -');
    } finally {
      agent.stdin.end();
      await closed;
    }
  });
});

import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { anyProcess, livingProcess } from '../../../src/adapters/hosts/proc-stat.js';
import { StartFailure, type LastingStart } from '../../../src/adapters/hosts/process-starter.js';
import { StarterProcess } from '../../../src/adapters/hosts/starter-process.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const DRIVER = fileURLToPath(new URL('./start-and-stay.js', import.meta.url));
const env = { PATH: process.env.PATH ?? '' };

describe('the process that starts programs for the service', () => {
  const folder = tempFolder();
  const pids: number[] = [];
  let starter: StarterProcess;
  /** @param silentMs long, so that one that is slow on a busy machine is not taken for one that hangs */
  const begin = async (silentMs = 20_000): Promise<void> => {
    starter = new StarterProcess(env, { anotherAfterMs: 0, silentMs });
    await starter.run(['true'], env, 10_000);
    await until('it can be asked', () => starter.pid !== null);
  };
  beforeEach(() => begin());
  afterEach(() => {
    for (const pid of pids.splice(0)) end(pid);
    if (starter.pid !== null) end(starter.pid);
  });

  const end = (pid: number): void => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
    }
  };
  const asked = (...argv: readonly string[]): LastingStart => ({
    argv,
    folder: folder.path,
    env: { ...env, MQI_TEST: 'set' },
    logPath: join(folder.path, 'log'),
  });
  /** What it has open; not what it closes while we look, as a program does that has just been started. */
  const filesOf = (pid: number): readonly string[] => {
    const held = `/proc/${String(pid)}/fd`;
    return readdirSync(held).flatMap((fd) => {
      try {
        return readlinkSync(join(held, fd));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw thrown;
      }
    });
  };
  const parentOf = (pid: number): number =>
    Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]);

  it('is the parent of what it starts, which leads a session, has only what it is given and is told by its start', async () => {
    let isOver = false;
    const { pid, startTicks } = await starter.start(
      asked('sh', '-c', 'echo "$MQI_TEST $NODE_CHANNEL_FD"; exec sleep 60'),
      () => {
        isOver = true;
      },
    );
    pids.push(pid);
    await until('it has said what it has', () => readFileSync(join(folder.path, 'log'), 'utf8') === 'set \n');
    expect(parentOf(pid)).to.equal(starter.pid);
    expect(anyProcess(pid)).to.include({ session: pid, processGroup: pid, startTicks });
    const files = filesOf(pid);
    expect(files.slice(0, 3)).to.deep.equal(['/dev/null', join(folder.path, 'log'), join(folder.path, 'log')]);
    expect(files.filter((file) => file.startsWith('socket:'))).to.deep.equal([]);
    expect(isOver).to.equal(false);
    end(pid);
    await until('its end is told', () => isOver);
  });

  it('tells the end of one that ends at once, after its start', async () => {
    const told: string[] = [];
    await starter.start(asked('true'), () => told.push('end')).then(() => told.push('start'));
    await until('its end is told', () => told.length === 2);
    expect(told).to.deep.equal(['start', 'end']);
  });

  it('tells what kept a program from being started', async () => {
    const refusals = [
      ['process', 'ENOENT', asked('no-such-program')],
      ['process', 'EACCES', asked('/etc/passwd')],
      ['log', 'ENOENT', { ...asked('true'), logPath: join(folder.path, 'none', 'log') }],
    ] as const;
    for (const [phase, code, start] of refusals) {
      const refusal = await rejection(starter.start(start, () => undefined));
      expect(refusal).to.be.instanceOf(StartFailure);
      expect(refusal).to.include({ phase, code });
    }
  });

  it('runs many short commands side by side, each with its own answer', async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => String(i));
    const ends = await Promise.all(numbers.map((n) => starter.run(['sh', '-c', 'echo $0; exit $0', n], env, 5_000)));
    expect(ends).to.deep.equal(numbers.map((n) => ({ how: 'exited', code: Number(n), stdout: `${n}\n`, stderr: '' })));
    expect(await starter.run(['no-such-program'], env, 5_000)).to.deep.equal({ how: 'not-found' });
  });

  it('ends a command that takes too long, and tells when it is really gone', async () => {
    const late = await starter.run(['sleep', '60'], env, 50);
    expect(late.how).to.equal('too-late');
    if (late.how === 'too-late') await late.gone;
  });

  it('may be killed: what it was asked is told as failed, what it started runs on, and another takes its place', async () => {
    let isOver = false;
    const { pid } = await starter.start(asked('sleep', '60'), () => {
      isOver = true;
    });
    pids.push(pid);
    const first = starter.pid ?? 0;
    const under = starter.run(['sleep', '60'], env, 60_000);
    end(first);
    expect(await under).to.deep.equal({ how: 'broken', reason: 'who ran it was ended' });
    expect(livingProcess(pid)).not.to.equal(null);
    expect(isOver).to.equal(false);
    expect(await starter.run(['echo', 'at once'], env, 5_000)).to.include({ how: 'exited', stdout: 'at once\n' });
    await until('another can be asked', () => starter.pid !== null);
    expect(starter.pid).not.to.equal(first);
  });

  it('that is killed with a start under way tells it as failed, as nobody can say whether it runs', async () => {
    process.kill(starter.pid ?? 0, 'SIGSTOP');
    const asking = rejection(starter.start(asked('true'), () => undefined));
    end(starter.pid ?? 0);
    expect(await asking).to.include({ phase: 'process', code: 'EPIPE' });
  });

  it('that hangs is killed, and what it was asked is told as failed', async () => {
    end(starter.pid ?? 0);
    await begin(300);
    const hung = starter.pid ?? 0;
    process.kill(hung, 'SIGSTOP');
    const asking = rejection(starter.start(asked('true'), () => undefined));
    expect(await starter.run(['true'], env, 100)).to.deep.equal({ how: 'broken', reason: 'who ran it was ended' });
    expect(await asking).to.include({ phase: 'process', code: 'EPIPE' });
    await until('it is gone', () => livingProcess(hung) === null);
    expect(await starter.run(['echo', 'on'], env, 5_000)).to.include({ how: 'exited', stdout: 'on\n' });
  });

  it('ignores what ends the processes of a service, and ends when the service is killed; jobs run on', async () => {
    const service = spawn(process.execPath, [DRIVER, folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const line = (await createInterface(service.stdout)[Symbol.asyncIterator]().next()).value as string;
      const told = JSON.parse(line) as { readonly starter: number; readonly job: number };
      pids.push(told.job);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(told.starter, signal);
      expect(livingProcess(told.starter)).not.to.equal(null);
      service.kill('SIGKILL');
      await until('the starter has ended', () => livingProcess(told.starter) === null);
      expect(livingProcess(told.job)).not.to.equal(null);
    } finally {
      service.kill('SIGKILL');
    }
  });
});

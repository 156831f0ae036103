import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Systemd } from '../../../src/adapters/service-manager/systemd.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const CLI = fileURLToPath(new URL('../../../src/cli.js', import.meta.url));
/** Listens as systemd does, on a datagram socket, and prints each message. */
const LISTENER = `
import socket, sys
at = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
at.bind(sys.argv[1])
print('listening', flush=True)
while True:
    for line in at.recv(4096).decode().split('\\n'):
        if line and line != 'BARRIER=1': print(line, flush=True)
`;

describe('systemd is told how the service is', function () {
  this.timeout(40_000);
  const folder = tempFolder();
  const children: ChildProcess[] = [];
  let socket = '';
  let heard: string[] = [];

  beforeEach(async () => {
    socket = join(folder.path, 'notify');
    heard = [];
    const listener = spawn('python3', ['-c', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(listener);
    createInterface(listener.stdout).on('line', (line) => heard.push(line));
    await until('the listener', () => heard.shift() === 'listening');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await ended;
    }
  });

  const start = (config: string, env: NodeJS.ProcessEnv): ChildProcess => {
    const args = [CLI, 'start', '--root', join(folder.path, 'root'), ...(config === '' ? [] : ['--config', config])];
    const service = spawn(process.execPath, args, {
      cwd: folder.path,
      env: { ...process.env, MQI_WEB_ENABLED: 'false', NOTIFY_SOCKET: socket, ...env },
      stdio: 'ignore',
    });
    children.push(service);
    return service;
  };

  it('that it has started, again and again that it is alive, and that it ends', async () => {
    const service = start('', { WATCHDOG_USEC: '600000' });
    await until('two signs of life', () => heard.filter((line) => line === 'WATCHDOG=1').length >= 2, 30_000);
    expect(heard[0]).to.equal('READY=1');
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    expect(await ended).to.deep.equal([0, null]);
    await until('its end is heard', () => heard.includes('STOPPING=1'));
  });

  it('nothing of a start that fails, which ends with an exit code instead', async () => {
    const service = start(join(folder.path, 'not there.yaml'), {});
    expect(await once(service, 'exit')).to.deep.equal([2, null]);
    expect(heard).to.deep.equal([]);
  });

  it('a third of the time it gives, by the process it means, and only while its loop turns', async () => {
    const clock = new FakeClock();
    const over = new AbortController();
    const { PATH = '' } = process.env;
    const given = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '30000000', PATH };
    await new Systemd({ ...given, WATCHDOG_PID: '1' }, clock, new FakeLogger(), 2).keepAlive(over.signal);
    expect(heard).to.deep.equal([]);
    const alive = new Systemd({ ...given, WATCHDOG_PID: '2' }, clock, new FakeLogger(), 2).keepAlive(over.signal);
    for (const times of [1, 2, 3]) {
      await until('a sign of life', () => heard.length === times && clock.sleeping > 0);
      await clock.advance(9_999);
      expect(heard).to.have.length(times);
      await clock.advance(1);
    }
    over.abort();
    await alive;
  });

  it('a systemd that cannot be told is named in the log once, and keeps nothing from going on', async () => {
    const log = new FakeLogger();
    const systemd = new Systemd({ NOTIFY_SOCKET: join(folder.path, 'nobody'), PATH: '/nowhere' }, new FakeClock(), log);
    await systemd.ready();
    await systemd.stopping();
    expect(log.messages('warn')).to.deep.equal(['systemd could not be told']);
  });
});

import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { LogLine } from '../../../src/adapters/logging/log-line.js';
import { aGpuLine, aGpuTool } from '../../builders/a-gpu-tool.js';
import { hasSystemdMachines, PROJECT, SystemdMachine } from '../../systemd/systemd-machine.js';
import { until } from '../../until.js';

const MQI = 900;
const GPU = 'GPU-11111111-2222-3333-4444-555555555555';
/** Long enough that a busy computer is not mistaken for a loop that hangs. */
const WATCHDOG_S = 8;
const LONG_MS = 45_000;
/**
 * Calculates once the test says so. It waits in a read, since a shell that starts anything has for an instant a child of
 * its own name, which would be counted as a second engine.
 */
const ENGINE = `#!/bin/sh
read -r _ < /opt/tools/go
exec "$@"
`;
const CONFIGURATION = {
  root: '/var/lib/mqi',
  intake: { inbox: '/mnt/inbox', watch: 'poll', quietSeconds: 0.5, pollSeconds: 0.5, minFreeGiB: 0 },
  geometry: { phantom: { sizeMm: [80, 80, 240], spacingMm: 4 } },
  execution: { gpus: { tool: '/opt/tools/nvidia-smi' } },
  engine: {
    kind: 'command',
    command: {
      argv: [
        ...['/opt/tools/engine', process.execPath, `${PROJECT}/scripts/fake-engine.mjs`],
        ...['--geometry', '{geometry}', '--output', '{output}'],
      ],
    },
  },
  uploads: [{ name: 'physics', kind: 'folder', path: '/mnt/results' }],
};

/*
 * One machine, one service, one case that is calculated through all of it: the tests follow each other as a bad day
 * would. The unit is the one that `mqi service install` writes; only its times are shorter.
 */
describe('under a real systemd, by the unit that mqi service install writes,', function () {
  this.timeout(120_000);
  let machine: SystemdMachine;
  let engine = '';

  const shown = (property: string): Promise<string> =>
    machine.run('systemctl', 'show', '--value', '-p', property, 'mqi');
  /** Of the service; there must be one, since process 0 would be ourselves. */
  const mainPid = async (): Promise<string> => {
    const pid = await shown('MainPID');
    if (pid === '0') throw new Error(`the service does not run:\n${await journal('-n', '20')}`);
    return pid;
  };
  const active = (): Promise<string> => machine.tryRun('systemctl', 'is-active', 'mqi');
  const engines = (): Promise<string> => machine.tryRun('pgrep', '-f', '^/bin/sh /opt/tools/engine');
  const journal = (...more: readonly string[]): Promise<string> =>
    machine.run('journalctl', '-u', 'mqi', '-o', 'cat', ...more);
  /** In one of its last lines; what a program or systemd has said is there only when journald has come to it. */
  const said = (words: string, lastLines: number): Promise<true> =>
    until(`journal: ${words}`, async () => (await journal('-n', String(lastLines))).includes(words) || null, LONG_MS);
  /** When it wrote this to its log file, ms. */
  const loggedAt = (words: string): Promise<number> =>
    until(
      `log: ${words}`,
      () => {
        const file = machine.at('var/lib/mqi/logs/mqi.log');
        const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
        const found = lines.map((line) => JSON.parse(line) as LogLine).find(({ message }) => message === words);
        return found === undefined ? null : Date.parse(found.time);
      },
      LONG_MS,
    );
  /** When systemd took it for started, ms. */
  const startedAt = async (): Promise<number> => {
    const told = await machine.run('systemctl', 'show', '--timestamp=us+utc', '-p', 'ActiveEnterTimestamp', 'mqi');
    const [, day = '', time = ''] = /=\w+ (\S+) (\S+) UTC$/.exec(told) ?? [];
    return Date.parse(`${day}T${time}Z`);
  };
  /** In the mounts that the service sees. */
  const seen = async (...command: readonly string[]): Promise<string> =>
    machine.tryRun('nsenter', '--mount', `--target=${await mainPid()}`, ...command);
  /** After the main process was ended: which one follows it. */
  const startedAnew = (before: string): Promise<string> =>
    until(
      'another process',
      async () => {
        const [now, state] = [await shown('MainPID'), await active()];
        return now !== before && now !== '0' && state === 'active' && now;
      },
      LONG_MS,
    );

  before(async function () {
    if (!hasSystemdMachines()) this.skip();
    machine = new SystemdMachine();
    for (const folder of ['opt/tools', 'var/lib/mqi', 'mnt/inbox', 'mnt/results'])
      mkdirSync(machine.at(folder), { recursive: true });
    for (const folder of ['var/lib/mqi', 'mnt/results']) chownSync(machine.at(folder), MQI, MQI);
    machine.write('opt/tools/engine', ENGINE, 0o755);
    execFileSync('mkfifo', [machine.at('opt/tools/go')]);
    aGpuTool(machine.at('opt/tools'), { gpus: `echo '${aGpuLine(GPU)}'` });
    machine.write('etc/mqi/mqi.yaml', JSON.stringify(CONFIGURATION)); // JSON is YAML
    const times = `[Service]\nWatchdogSec=${String(WATCHDOG_S)}\nRestartSec=100ms\n`;
    machine.write('etc/systemd/system/mqi.service.d/quick.conf', times);
    await machine.start();
  });
  after(async () => {
    // Not there where the suite was skipped.
    await (machine as SystemdMachine | undefined)?.stop();
  });

  it('it has started when it holds its locks and serves its page, without any privilege', async () => {
    await machine.mqi('root', 'service', 'install', '--config', '/etc/mqi/mqi.yaml');
    expect(await machine.run('systemctl', 'is-enabled', 'mqi')).to.equal('enabled');
    await machine.run('systemctl', 'start', 'mqi');
    expect([await active(), await shown('SubState')]).to.deep.equal(['active', 'running']);
    // Each by its own clock: journald takes messages of two senders in any order.
    expect(await loggedAt('web page served')).to.be.at.most(await startedAt());
    await said('Started mqi.service', 20);
    const status = await machine.run('cat', `/proc/${await mainPid()}/status`);
    expect(status).to.match(new RegExp(`^Uid:\\s+${String(MQI)}\\s`, 'm'));
    expect(status).to.match(/^CapEff:\s+0+$/m);
    expect(status).to.match(/^NoNewPrivs:\s+1$/m);
  });

  it('it can write to its root and its target alone, and sees a share that is mounted later', async () => {
    const writable = async (folder: string): Promise<boolean> =>
      (await seen('sh', '-c', `touch ${folder}/tried && rm ${folder}/tried && echo yes`)) === 'yes';
    for (const folder of ['/var/lib/mqi', '/mnt/results', '/tmp'])
      expect(await writable(folder), folder).to.equal(true);
    for (const folder of ['/etc', '/mnt/inbox', '/opt', '/usr', '/var/lib'])
      expect(await writable(folder), folder).to.equal(false);
    for (const share of ['/mnt/inbox', '/mnt/results']) {
      await machine.run('mount', '-t', 'tmpfs', '-o', `mode=755,uid=${String(MQI)}`, 'share', share);
      await machine.run('touch', `${share}/on-the-share`);
      expect(await seen('ls', share)).to.equal('on-the-share');
    }
    await machine.run('umount', '/mnt/results');
    expect(await seen('ls', '/mnt/results')).to.equal('');
  });

  it('it calculates on the GPU that nvidia-smi shows, and the job outlives a restart', async () => {
    const size = ['--no-ct', '--beams', '1', '--layers', '2', '--spots', '4'];
    await machine.mqi('root', 'make-case', '/mnt/inbox/case', ...size);
    engine = await until('a job', async () => (await engines()) || null, LONG_MS);
    await until('its record', async () => (await journal()).includes(`resource=local/${GPU}`), LONG_MS);
    const before = await mainPid();
    await machine.run('systemctl', 'restart', 'mqi');
    expect([await active(), await engines()]).to.deep.equal(['active', engine]);
    expect(await mainPid()).not.to.equal(before);
  });

  it('it is left alone while its loop turns, and started anew when it hangs', async () => {
    const before = await mainPid();
    await machine.run('kill', '-STOP', before);
    const now = await startedAnew(before);
    await said(`Watchdog timeout (limit ${String(WATCHDOG_S)}s)!`, 100);
    // Messages of the one that follows reach systemd, or it would be killed as well.
    const deadline = BigInt(await shown('WatchdogTimestampMonotonic'));
    await until('a sign of life', async () => BigInt(await shown('WatchdogTimestampMonotonic')) > deadline, LONG_MS);
    expect([await shown('MainPID'), await shown('NRestarts'), await engines()]).to.deep.equal([now, '1', engine]);
  });

  it('it is started anew when it is killed, finds the same job again and delivers its dose', async () => {
    const before = await mainPid();
    await machine.run('kill', '-KILL', before);
    await startedAnew(before);
    expect(await engines()).to.equal(engine);
    writeFileSync(machine.at('opt/tools/go'), '\n', { flag: 'r+' }); // which does not wait for a reader that is not there
    const receipt = machine.at('mnt/results/case/receipt.json');
    await until('delivery', () => existsSync(receipt), LONG_MS);
    expect(readdirSync(machine.at('mnt/results/case'))).to.include.members(['RD.001.dcm', 'RD.plan.dcm']);
    expect((await journal()).match(/job started/g)).to.have.length(1);
  });

  it('it ends within seconds when it is asked to', async () => {
    await machine.run('systemctl', 'stop', 'mqi');
    expect([await active(), await shown('Result'), await shown('ExecMainStatus')]).to.deep.equal([
      'inactive',
      'success',
      '0',
    ]);
    await said('Stopped mqi.service', 3);
  });

  it('a wrong configuration is said in the journal, and not tried again', async () => {
    machine.write('etc/mqi/mqi.yaml', 'root: [');
    await machine.tryRun('systemctl', 'start', 'mqi');
    expect([await active(), await shown('ExecMainStatus'), await shown('NRestarts')]).to.deep.equal([
      'failed',
      '2',
      '0',
    ]);
    await said('mqi: the configuration file is not valid YAML', 9);
  });
});

import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASK_EVERY_MS } from '../ask-mqi.js';
import { Service } from '../e2e/service.js';
import { SshServer } from '../mounts/ssh-server.js';
import { removeFolder } from '../remove-folder.js';
import { until } from '../until.js';
import type { ResourceView } from '../../src/workflow/resource-view.js';
import type { CaseDetailView } from '../../src/workflow/case-view.js';
import { closeGate, drop, faultSettings, openGate } from './a-service-with-cases.js';

describe('a host that goes away with jobs running on it, beside this machine', function () {
  this.timeout(240_000);
  const place = mkdtempSync(join(tmpdir(), 'mqi-far-'));
  const server = new SshServer(join(place, 'sshd'));
  const farRoot = join(place, 'work', 'root');
  let service: Service;
  before(async () => {
    await server.start();
    const { configFile: sshConfig, ...reach } = server.reach;
    const far = { name: 'far', kind: 'ssh', ...reach, sshConfig, workDir: join(place, 'work') };
    const hosts = [{ name: 'local', kind: 'local' }, far];
    const processing = { maxRetries: 0, retryDelaySeconds: 1, retryDelayCapSeconds: 1 };
    service = new Service(faultSettings({ processing, execution: { slots: 4, hosts } }));
  });
  after(async () => {
    await service.end();
    await server.stop();
    removeFolder(place);
  });
  const detail = async (folder: string): Promise<CaseDetailView> => {
    const kase = (await service.cases()).find((one) => one.folder === folder);
    return service.case(kase?.id ?? '');
  };
  const places = async (on: string): Promise<readonly ResourceView[]> => {
    const { gpus } = JSON.parse(await service.look('gpus')) as { readonly gpus: readonly ResourceView[] };
    return gpus.filter(({ host }) => host === on);
  };
  const freePlaces = (of: readonly ResourceView[]): number => of.filter(({ occupied }) => occupied === null).length;
  const jobsOn = ({ beams }: CaseDetailView, host: string): number =>
    beams.filter((beam) => beam.host === host && beam.state === 'submitted').length;

  it('keeps nothing else waiting, is named as the reason, and its jobs are waited for, not tried again', async () => {
    closeGate(service);
    mkdirSync(farRoot, { recursive: true });
    writeFileSync(join(farRoot, 'closed'), '');
    service.start();
    await until('the service has begun', () => service.output().includes('service started'), 30_000);
    // Before its places are known all beams would run here. One that did not answer in time is looked at anew after a minute.
    await until('the far host has been seen', async () => freePlaces(await places('far')) === 4, 90_000, ASK_EVERY_MS);
    await drop(service, 'first', 4);
    await until(
      'its beams run on both hosts',
      async () => {
        const kase = await service.untilCases('it is there', ['first'], () => true).then(() => detail('first'));
        return jobsOn(kase, 'far') === 2 && jobsOn(kase, 'local') === 2;
      },
      30_000,
      ASK_EVERY_MS,
    );
    await server.stop();
    openGate(service);
    const words = /^host far cannot be reached since \d{4}-\d\d-\d\dT\d\d:\d\dZ$/;
    const waiting = await until(
      'only the host that is away is waited for',
      async () => {
        const kase = await detail('first');
        const isAll = kase.waitingFor !== null && words.test(kase.waitingFor) && kase.beamsDone === 2;
        return isAll ? kase : null;
      },
      30_000,
      ASK_EVERY_MS,
    );
    expect(waiting.status).to.contain(`(2 of 4 beams done); ${String(waiting.waitingFor)}`);
    const far = await places('far');
    expect(far).to.have.length(4);
    for (const { occupied } of far) expect(occupied).to.match(words);

    await drop(service, 'second', 3);
    await service.untilEnded(['second'], 30_000);
    const second = await detail('second');
    expect(second).to.include({ state: 'completed' });
    expect(second.beams.map(({ host }) => host)).to.deep.equal(['local', 'local', 'local']);

    rmSync(join(farRoot, 'closed'));
    await server.start();
    await service.untilEnded(['first'], 40_000);
    const first = await detail('first');
    expect(first).to.include({ state: 'completed' });
    expect(first.beams.map(({ attempt, error }) => [attempt, error])).to.deep.equal(Array(4).fill([1, null]));
  });
});

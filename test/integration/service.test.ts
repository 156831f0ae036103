import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import type { ContainerInstance } from 'typedi';
import { buildContainer } from '../../src/container.js';
import { CaseMaker } from '../../src/ports/case-maker.js';
import { RunBasisSource } from '../../src/ports/run-basis-source.js';
import { CaseQueries } from '../../src/ports/case-queries.js';
import { Logger } from '../../src/ports/logger.js';
import { MqiService } from '../../src/workflow/service.js';
import { someSettings } from '../builders/some-settings.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('the service as a whole', function () {
  this.timeout(60_000);
  const containers: ContainerInstance[] = [];
  // Before the folder goes: hooks run in the order in which they are named.
  afterEach(async () => {
    await Promise.all(containers.splice(0).map((container) => container.get(Logger).close()));
  });
  const folder = tempFolder();

  const build = (quietSeconds = 0.2, change: object = {}): ContainerInstance => {
    const root = folder.path;
    writeFileSync(join(root, 'pseudonym.key'), 'a key of more than sixteen bytes');
    const container = buildContainer(
      someSettings({
        root,
        intake: { inbox: join(root, 'inbox'), quietSeconds },
        database: { path: join(root, 'mqi.sqlite') },
        uploads: [
          { name: 'outbox', kind: 'folder', path: join(root, 'outbox') },
          {
            name: 'research',
            kind: 'folder',
            path: join(root, 'research'),
            deidentify: { keyFile: join(root, 'pseudonym.key') },
          },
        ],
        geometry: { phantom: { sizeMm: [100, 100, 250], spacingMm: 5 } },
        ...change,
      }),
    );
    containers.push(container);
    return container;
  };

  const wanted = { beams: 2, layers: 2, spotsPerLayer: 4, withCt: false, withDeliveryLogs: false, seed: 1 };

  it('makes RT Dose of a dropped case and ends when nothing is left to do', async () => {
    const container = build();
    mkdirSync(join(folder.path, 'inbox'));
    await container.get(CaseMaker).make(join(folder.path, 'inbox', 'case 1'), wanted);
    const service = container.get(MqiService);
    await service.open();
    expect(await service.run(true, new AbortController().signal)).to.equal(0);
    const [row] = await container.get(CaseQueries).list({});
    await service.close();
    expect(row?.kase).to.include({ folder: 'case 1', state: 'completed', run: 1 });
    for (const file of ['RD.001.dcm', 'RD.002.dcm', 'RD.plan.dcm', 'receipt.json']) {
      expect(existsSync(join(folder.path, 'outbox', 'case 1', file)), file).to.equal(true);
    }
    const [disguised] = readdirSync(join(folder.path, 'research'));
    expect(disguised).to.match(/^P-[0-9A-Z]{12}_[0-9A-Z]{8}$/);
    expect(readdirSync(join(folder.path, 'research', disguised!))).to.include.members(['RD.001.dcm', 'receipt.json']);
    const record = readFileSync(join(folder.path, 'work', row!.kase.id, '1', 'record.json'), 'utf8');
    expect(record).not.to.match(/SYNTHETIC|case 1/);
    const { bases, beams, receipts, dropped } = JSON.parse(record) as Record<string, Record<string, unknown>[]>;
    const files = readdirSync(join(folder.path, 'inbox', 'case 1'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => sha256(join(parentPath, name)));
    expect(dropped!.map((file) => file.sha256)).to.have.members(files);
    expect(dropped![0]).to.include({ role: 'plan', number: 1 });
    const now = await container.get(RunBasisSource).inputs(row!.kase, new AbortController().signal);
    expect(now, 'as they are now').to.deep.equal(dropped);
    expect(bases).to.have.length(1);
    expect(bases![0]).to.deep.include({ node: process.version });
    expect(Object.keys(bases![0]!.beamModels as object)).to.deep.equal(['generic']);
    expect(beams!.map(({ doseSha256 }) => String(doseSha256))).to.satisfy((all: string[]) =>
      all.every((sha) => /^[0-9a-f]{64}$/.test(sha)),
    );
    expect(receipts).to.have.length(6);
  });

  it('ends, and badly, when only a target that stays away is left, whose case goes on waiting for it', async () => {
    const away = { name: 'share', kind: 'folder', path: '/nowhere/at/all' };
    const container = build(0.2, {
      processing: { maxRetries: 1, retryDelaySeconds: 1, retryDelayCapSeconds: 1 },
      uploads: [{ name: 'outbox', kind: 'folder', path: join(folder.path, 'outbox') }, away],
    });
    await container.get(CaseMaker).make(join(folder.path, 'inbox', 'case 1'), wanted);
    const service = container.get(MqiService);
    await service.open();
    expect(await service.run(true, new AbortController().signal)).to.equal(1);
    const [row] = await container.get(CaseQueries).list({});
    const targets = await container.get(CaseQueries).targets();
    await service.close();
    expect(row?.kase).to.include({ state: 'assembled', waitingFor: 'target share (cannot be reached (ENOENT))' });
    expect(row?.kase.attempt).to.equal(0);
    expect(targets.map(({ target, waiting }) => [target.name, target.state, waiting])).to.deep.equal([
      ['outbox', 'working', 0],
      ['share', 'down', 1],
    ]);
    expect(existsSync(join(folder.path, 'outbox', 'case 1', 'receipt.json'))).to.equal(true);
  });

  it('counts a rejected case as a bad end, and goes on with the others', async () => {
    const container = build();
    mkdirSync(join(folder.path, 'inbox', 'letters'), { recursive: true });
    writeFileSync(join(folder.path, 'inbox', 'letters', 'readme.txt'), 'no DICOM here');
    await container.get(CaseMaker).make(join(folder.path, 'inbox', 'case 1'), wanted);
    const service = container.get(MqiService);
    await service.open();
    expect(await service.run(true, new AbortController().signal)).to.equal(1);
    const states = (await container.get(CaseQueries).list({})).map(({ kase }) => `${kase.folder} ${kase.state}`);
    await service.close();
    expect(states).to.have.members(['case 1 completed', 'letters rejected']);
  });

  it('refuses a root that another service holds, naming it, and takes it when that one has ended', async () => {
    const first = build().get(MqiService);
    await first.open();
    const second = build().get(MqiService);
    try {
      await second.open();
      expect.fail('two services on one root');
    } catch (thrown) {
      expect(thrown).to.include({ code: 'service.already-running', severity: 'operator' });
      expect((thrown as Error).message).to.contain(String(process.pid));
    }
    await first.close();
    await second.open();
    await second.close();
  });

  it('goes on with the quiet time of a folder after a restart: taken no earlier, and sooner than anew', async () => {
    const quietMs = 6_000;
    const begin = async (): Promise<{ readonly end: () => Promise<void>; readonly queries: CaseQueries }> => {
      const container = build(quietMs / 1000);
      const service = container.get(MqiService);
      await service.open();
      const stop = new AbortController();
      const running = service.run(false, stop.signal);
      const end = async (): Promise<void> => {
        stop.abort(new Error('SIGTERM'));
        await running;
        await service.close();
      };
      return { end, queries: container.get(CaseQueries) };
    };
    const first = await begin();
    mkdirSync(join(folder.path, 'inbox', 'case 1'), { recursive: true });
    writeFileSync(join(folder.path, 'inbox', 'case 1', 'readme.txt'), 'no DICOM here');
    const droppedAt = Date.now();
    await until('it arrives', async () => (await first.queries.arriving())[0]?.files === 1);
    await until('most of the quiet time has passed', () => Date.now() - droppedAt > 0.75 * quietMs);
    await first.end();
    const againAt = Date.now();
    const second = await begin();
    await until('it is taken', async () => (await second.queries.count({})) === 1, 20_000);
    const [row] = await second.queries.list({});
    await second.end();
    expect(row?.kase.createdAt).to.be.at.least(droppedAt + quietMs);
    expect(row?.kase.createdAt).to.be.below(againAt + quietMs);
  });

  it('lets go in order when it is told to stop', async () => {
    const container = build();
    const service = container.get(MqiService);
    await service.open();
    const stop = new AbortController();
    const running = service.run(false, stop.signal);
    mkdirSync(join(folder.path, 'inbox'), { recursive: true });
    await container.get(CaseMaker).make(join(folder.path, 'inbox', 'case 1'), wanted);
    const queries = container.get(CaseQueries);
    await until('the case is seen', async () => (await queries.count({})) === 1, 20_000);
    const startedAt = performance.now();
    stop.abort(new Error('SIGTERM'));
    await running;
    expect(performance.now() - startedAt).to.be.lessThan(5_000);
    const [row] = await queries.list({});
    expect(row?.kase.leaseOwner).to.equal(null);
    await service.close();
  });
});

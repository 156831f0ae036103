import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { buildContainer } from '../../src/container.js';
import { CaseQueries } from '../../src/ports/case-queries.js';
import { Logger } from '../../src/ports/logger.js';
import { MqiService } from '../../src/workflow/service.js';
import { someSettings } from '../builders/some-settings.js';
import { tempFolder } from '../temp-folder.js';

const ENGINE = fileURLToPath(new URL('../../../scripts/fake-engine.mjs', import.meta.url));
const ENGINE_ARGV = [process.execPath, ENGINE, '--seconds', '0'];
const FILES_ARGV = ['--input', '{input}', '--geometry', '{geometry}', '--output', '{output}'];
const LONGEST_MS = 100;
const TRIES = 3;

/** Leads one case with a CT of pixels of 1 mm and slices of 2 mm to its end in this process; the longest delay of its event loop, ms. */
async function longestDelayMs(root: string): Promise<number> {
  const container = buildContainer(
    someSettings({
      root,
      intake: { inbox: join(root, 'inbox'), quietSeconds: 0.2 },
      database: { path: join(root, 'mqi.sqlite') },
      uploads: [{ name: 'outbox', kind: 'folder', path: join(root, 'outbox') }],
      engine: { kind: 'command', command: { argv: [...ENGINE_ARGV, ...FILES_ARGV] } },
    }),
  );
  const service = container.get(MqiService);
  await service.open();
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  await service.run(true, new AbortController().signal);
  delays.disable();
  const [row] = await container.get(CaseQueries).list({});
  await service.close();
  await container.get(Logger).close();
  expect(row?.kase.state).to.equal('completed');
  return delays.max / 1e6;
}

describe('the event loop of the service', function () {
  this.timeout(180_000);
  const temp = tempFolder();

  it('is never blocked for more than 100 ms by a case with a CT of real size', async () => {
    const wanted = { beams: 2, layers: 20, spotsPerLayer: 100, withCt: true, withDeliveryLogs: false, seed: 1 };
    const found: number[] = [];
    // A machine that is busy with other things delays us too: that does not happen each time.
    for (let n = 1; n <= TRIES && Math.min(...found) > LONGEST_MS; n++) {
      const root = join(temp.path, String(n));
      mkdirSync(join(root, 'inbox'), { recursive: true });
      await new SyntheticCaseMaker({ pixelSpacingMm: 1, sliceSpacingMm: 2 }).make(join(root, 'inbox', 'case'), wanted);
      found.push(await longestDelayMs(root));
    }
    process.stdout.write(`      longest delay of the event loop: ${found.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
    expect(Math.min(...found)).to.be.at.most(LONGEST_MS);
  });
});

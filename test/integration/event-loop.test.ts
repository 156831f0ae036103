import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { buildContainer } from '../../src/container.js';
import { CaseQueries } from '../../src/ports/case-queries.js';
import { Logger } from '../../src/ports/logger.js';
import { MqiService } from '../../src/workflow/service.js';
import { COUNTS_PER_METERSET, TYPICAL_CALIBRATION } from '../builders/a-delivery-log.js';
import { A_CALIBRATED_MACHINE } from '../builders/a-machine.js';
import { someSettings } from '../builders/some-settings.js';
import { leastOf, LoopBlocks } from '../loop-blocks.js';
import { tempFolder } from '../temp-folder.js';

const ENGINE = fileURLToPath(new URL('../../../scripts/fake-engine.mjs', import.meta.url));
const ENGINE_ARGV = [process.execPath, ENGINE, '--seconds', '0'];
const FILES_ARGV = ['--input', '{input}', '--geometry', '{geometry}', '--output', '{output}'];
const LONGEST_MS = 100;

/** Makes a layer's log as long as the largest seen, 1.3 MB: each row many times. */
function makeLonger(path: string): void {
  const bytes = readFileSync(path);
  const rows = Array.from({ length: bytes.length / 16 }, (_, row) => bytes.subarray(row * 16, (row + 1) * 16));
  writeFileSync(path, Buffer.concat(rows.flatMap((row) => Array.from({ length: TIMES_LONGER }, () => row))));
}
const TIMES_LONGER = 200;
/** The synthetic machine, whose counts are as many times those of its calibration. */
const A_MACHINE = {
  ...A_CALIBRATED_MACHINE,
  calibration: { ...TYPICAL_CALIBRATION, countsPerMu: COUNTS_PER_METERSET * TIMES_LONGER },
};

/** Leads one case with a CT of pixels of 1 mm and slices of 2 mm to its end in this process; the longest block of its event loop, ms. */
async function longestBlockOfCase(root: string): Promise<number> {
  const container = buildContainer(
    someSettings({
      root,
      intake: { inbox: join(root, 'inbox'), quietSeconds: 0.2 },
      machines: [A_MACHINE],
      geometry: { phantom: { sizeMm: [80, 80, 240], spacingMm: 4 } },
      database: { path: join(root, 'mqi.sqlite') },
      uploads: [{ name: 'outbox', kind: 'folder', path: join(root, 'outbox') }],
      engine: { kind: 'command', command: { argv: [...ENGINE_ARGV, ...FILES_ARGV] } },
    }),
  );
  const service = container.get(MqiService);
  await service.open();
  const blocks = new LoopBlocks();
  blocks.start();
  await service.run(true, new AbortController().signal);
  const longestMs = blocks.stop();
  const [row] = await container.get(CaseQueries).list({});
  await service.close();
  await container.get(Logger).close();
  expect(row?.kase.state).to.equal('completed');
  return longestMs;
}

describe('the event loop of the service', function () {
  this.timeout(180_000);
  const temp = tempFolder();

  it('is never blocked for more than 100 ms by a case with a CT of real size', async () => {
    const wanted = { beams: 2, layers: 20, spotsPerLayer: 100, withCt: true, withDeliveryLogs: false, seed: 1 };
    const longestMs = await leastOf(LONGEST_MS, async (turn) => {
      const root = join(temp.path, String(turn));
      mkdirSync(join(root, 'inbox'), { recursive: true });
      await new SyntheticCaseMaker({ pixelSpacingMm: 1, sliceSpacingMm: 2 }).make(join(root, 'inbox', 'case'), wanted);
      return longestBlockOfCase(root);
    });
    process.stdout.write(`      longest block of the event loop: ${longestMs.toFixed(0)} ms\n`);
    expect(longestMs).to.be.at.most(LONGEST_MS);
  });

  it('is never blocked for more than 100 ms by delivery logs of real size', async () => {
    const wanted = { beams: 2, layers: 20, spotsPerLayer: 100, withCt: false, withDeliveryLogs: true, seed: 1 };
    const longestMs = await leastOf(LONGEST_MS, async (turn) => {
      const root = join(temp.path, `logs ${String(turn)}`);
      mkdirSync(join(root, 'inbox'), { recursive: true });
      const folder = join(root, 'inbox', 'case');
      await new SyntheticCaseMaker().make(folder, wanted);
      for (const name of readdirSync(folder, { recursive: true }) as string[]) {
        if (name.endsWith('.ptn')) makeLonger(join(folder, name));
      }
      return longestBlockOfCase(root);
    });
    process.stdout.write(`      longest block of the event loop: ${longestMs.toFixed(0)} ms\n`);
    expect(longestMs).to.be.at.most(LONGEST_MS);
  });
});

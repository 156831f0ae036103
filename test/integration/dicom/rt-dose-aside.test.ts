import { expect } from 'chai';
import type { Grid } from '../../../src/domain/grid.js';
import { anEngineResult } from '../../builders/an-engine-result.js';
import { tempFolder } from '../../temp-folder.js';
import { DoseFixture, KASE } from './dose-fixture.js';

// By itself, as it looks at how busy this thread is: scripts/test.mjs runs this file beside no other.
describe('RT Dose', () => {
  const temp = tempFolder();

  it('of 26 million bytes is made while the service stays free for other work', async () => {
    const fixture = await DoseFixture.make(temp.path);
    const grid: Grid = { originMm: [0, 0, 0], spacingMm: [1, 1, 1], size: [256, 256, 100] };
    fixture.geometry(1, 'ct', '1.2.3.4', grid);
    const result = anEngineResult(fixture.enginePath(1), grid, (index) => (index % 1000) / 1000);
    const before = performance.eventLoopUtilization();
    const made = await fixture.maker.beamDose(KASE, fixture.planCopy, 1, result);
    await fixture.maker.read(made.path, 1);
    const { utilization } = performance.eventLoopUtilization(before);
    expect(made.bytes).to.be.greaterThan(256 * 256 * 100 * 4);
    // Done in this thread it would be near 1; it is about 0.02.
    expect(utilization).to.be.lessThan(0.3);
  });
});

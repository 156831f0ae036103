import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../../until.js';
import { audit } from './audit.js';
import { engineProcesses } from './engine-processes.js';
import { FaultRoot } from './fault-root.js';
import { madeInputs, type MadeInputs } from './made-inputs.js';

/** The process that starts programs for this service; null before there is one. */
function starterOf(service: number): number | null {
  const found = readdirSync('/proc').find((name) => {
    try {
      if (!/^\d+$/.test(name) || !readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('starter-main.js'))
        return false;
      return readFileSync(`/proc/${name}/status`, 'utf8').includes(`\nPPid:\t${String(service)}\n`);
    } catch {
      return false; // it has ended since the folder was listed
    }
  });
  return found === undefined ? null : Number(found);
}

describe('a service whose process that starts programs is killed', function () {
  this.timeout(60_000);
  let made: MadeInputs;
  let root: FaultRoot;
  before(async () => {
    made = await madeInputs(3);
    root = new FaultRoot({ engine: 'command', engineSeconds: 0, slots: 2, doseFile: made.doseFile });
  });
  after(() => {
    root.remove();
    made.remove();
  });

  it('follows the jobs that run to their end, starts the others itself, and does nothing twice', async () => {
    const folders = ['case 1', 'case 2'];
    root.close();
    for (const folder of folders) root.drop(made.folder, folder);
    const service = root.start();
    try {
      await until('an engine runs', () => engineProcesses(root.path).length > 0);
      process.kill(await until('there is a starter', () => starterOf(service.pid)), 'SIGKILL');
      expect(engineProcesses(root.path)).not.to.deep.equal([]);
      root.open();
      await until(
        'all beams have run',
        () => root.engineRuns().length === 6 && engineProcesses(root.path).length === 0,
      );
    } finally {
      service.kill('SIGTERM');
      await service.ended;
    }
    await root.runToEnd(60_000);
    const { losses, duplicates, wrongs } = await audit(root, folders, 3);
    expect({ losses, duplicates, wrongs }).to.deep.equal({ losses: [], duplicates: [], wrongs: [] });
    expect(root.engineRuns()).to.have.length(6);
  });
});

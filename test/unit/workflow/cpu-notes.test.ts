import { expect } from 'chai';
import { cpuPlaceName, placeWithoutGpu } from '../../../src/domain/place-without-gpu.js';
import type { SeenResource } from '../../../src/domain/resource.js';
import { CpuNotes } from '../../../src/workflow/cpu-notes.js';
import { aResource } from '../../builders/a-resource.js';
import { FakeLogger } from '../../fakes/fake-logger.js';

describe('the CPU of a far host', () => {
  const cpu = (why: string | null): SeenResource => placeWithoutGpu('far', 'cpu-0', cpuPlaceName(1, 1, why), 0);
  const none = cpu('no nvidia-smi or rocm-smi is found there');
  let log: FakeLogger;
  let notes: CpuNotes;
  beforeEach(() => {
    log = new FakeLogger();
    notes = new CpuNotes(log);
  });
  const said = (): readonly (readonly [string, unknown])[] =>
    log.lines.map(({ level, fields }) => [level, fields['host']]);

  it('is warned of once, however often it is looked at, and again when the reason is another', () => {
    for (let n = 0; n < 3; n++) notes.note('far', [none]);
    expect(said()).to.deep.equal([['warn', 'far']]);
    notes.note('far', [cpu('its GPU tool lists no GPU')]);
    expect(said()).to.have.length(2);
  });

  it('is said to be used no more when GPUs are seen there', () => {
    notes.note('far', [none]);
    notes.note('far', [{ ...none, away: 'host far cannot be reached' }]);
    notes.note('far', [aResource({ host: 'far' })]);
    expect(said()).to.deep.equal([
      ['warn', 'far'],
      ['info', 'far'],
    ]);
  });

  it('is not warned of on this machine, where a test or a demo runs without GPU', () => {
    notes.note('local', [cpu(null)]);
    expect(log.lines).to.deep.equal([]);
  });
});

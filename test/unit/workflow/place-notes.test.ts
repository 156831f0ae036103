import { expect } from 'chai';
import { remembered } from '../../../src/domain/gpu-rules.js';
import { PlaceNotes } from '../../../src/workflow/place-notes.js';
import { aResource } from '../../builders/a-resource.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeResourceStore } from '../../fakes/fake-resource-store.js';
import { FakeTables } from '../../fakes/fake-tables.js';

describe('what looks saw of the places', () => {
  const rules = { allow: [], deny: [], minFreeMiB: 0, queues: [] };
  const gpu = (temperatureC: number) => [remembered(aResource({ id: 'local/GPU-1', temperatureC }), rules)];
  const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('is written at once where it is news, and figures when the places that became free have their jobs', async () => {
    const clock = new FakeClock();
    const tables = new FakeTables();
    const notes = new PlaceNotes(new FakeResourceStore(tables), clock, new FakeLogger());
    let isOver: () => void = () => undefined;
    const handedOver = (): Promise<void> => new Promise((resolve) => (isOver = resolve));
    const written = (): number | null | undefined => tables.resources.get('local/GPU-1')?.temperatureC;
    notes.note('local', gpu(40), handedOver);
    await turns();
    expect(written()).to.equal(40);
    await clock.advance(3_000);
    notes.note('local', gpu(50), handedOver);
    await turns();
    expect(written()).to.equal(40);
    isOver();
    await turns();
    expect(written()).to.equal(50);
  });
});

import { expect } from 'chai';
import { input } from '../../../src/domain/errors.js';
import type { Step } from '../../../src/ports/step.js';
import { ServiceIdentity } from '../../../src/workflow/service-identity.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { WorkflowManager } from '../../../src/workflow/workflow-manager.js';
import { someSettings } from '../../builders/some-settings.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeLogger } from '../../fakes/fake-logger.js';

describe('a folder that changes while its waiting case is looked at', () => {
  it('never has what was found in its former content applied to the case', async () => {
    const clock = new FakeClock();
    const store = new FakeCaseStore();
    const seen: string[] = [];
    let refuseFormer = (): void => undefined;
    const validate: Step = {
      name: 'validate',
      run: ({ fingerprint }) => {
        seen.push(fingerprint);
        if (fingerprint === 'changed') return Promise.resolve({ do: 'advance' });
        const lookAgainAt = clock.now() + 30_000;
        if (seen.length === 1) return Promise.resolve({ do: 'wait', waitingFor: 'CT', lookAgainAt });
        // A reader that does not hear the signal, and refuses what it has read once the case is another already.
        return new Promise((_resolve, reject) => {
          refuseFormer = () => {
            reject(input('ct.incomplete-timeout', 'waited too long'));
          };
        });
      },
    };
    const others = (['interpret', 'simulate', 'assemble', 'upload'] as const).map((name): Step => ({
      name,
      run: () => Promise.resolve({ do: 'advance' }),
    }));
    const slots = { prioritise: () => undefined, forget: () => undefined } as unknown as Slots;
    const steps = [validate, ...others];
    const log = new FakeLogger();
    const manager = new WorkflowManager(store, steps, clock, log, someSettings(), new ServiceIdentity(), slots);
    const stop = new AbortController();
    const folder = { inbox: '', folder: 'f' };
    const dropped = { ...folder, id: 'c1', fingerprint: 'former', priority: 0, at: clock.now(), actor: 'service' };
    await store.register(dropped);
    const running = manager.run(stop.signal);
    await clock.advance(31_000);
    expect(seen).to.deep.equal(['former', 'former']);

    await store.register({ ...dropped, id: 'c2', fingerprint: 'changed', at: clock.now() });
    manager.nudge('c1');
    refuseFormer();
    await clock.advance(1_000);
    expect(seen.slice(2)).to.deep.equal(['changed']);
    expect(await store.get('c1')).to.include({ state: 'completed', error: null, fingerprint: 'changed', run: 1 });
    expect((await store.transitionsOf('c1')).map(({ event }) => event)).not.to.contain('reject');
    stop.abort();
    await clock.advance(60_000);
    await running;
  });
});

import { Folders } from '../../src/domain/folders.js';
import { RunRecorder, type RunRecorderDeps } from '../../src/workflow/run-recorder.js';
import { FakeBeamModels } from '../fakes/fake-beam-models.js';
import { FakeBeamStore } from '../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../fakes/fake-case-store.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { FakeReceiptStore } from '../fakes/fake-receipt-store.js';
import { FakeResourceStore } from '../fakes/fake-resource-store.js';
import { someSettings } from './some-settings.js';

/** One that writes below this root, over fakes; give what the test is about. It reads no inbox. */
export function aRunRecorder(root: string, change: Partial<RunRecorderDeps> = {}): RunRecorder {
  return new RunRecorder({
    settings: someSettings({ root }),
    folders: new Folders(root, 'inbox'),
    cases: new FakeCaseStore(),
    beams: new FakeBeamStore(),
    receipts: new FakeReceiptStore(),
    resources: new FakeResourceStore(),
    models: new FakeBeamModels([]),
    reader: { inventory: () => Promise.reject(new Error('not asked for')) },
    clock: new FakeClock(),
    softwareVersion: '1.0.0',
    ...change,
  });
}

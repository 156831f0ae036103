import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MoquiDone, MoquiTask } from '../../../src/adapters/engines/moqui/moqui-task.js';
import { MoquiThread } from '../../../src/adapters/engines/moqui/moqui-thread.js';
import { aMoquiBeam, AMoquiJob, aWaterCt } from '../../builders/a-moqui.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

describe('the thread that works for moqui', () => {
  const place = tempFolder();

  it('prepares a beam that has its place while the CT of another case is written ahead, and leaves that when told', async () => {
    const at = (name: string): string => join(place.path, name);
    // Two thousand slices: written for so long that nothing which keeps us from stopping it lets it come to its end before.
    const large = new AMoquiJob(at('large'), aMoquiBeam(), aWaterCt(at('large'), [0.48, 0.16, 0.02]));
    const job = new AMoquiJob(at('job'), aMoquiBeam(), aWaterCt(at('job')));
    const thread = new MoquiThread(new URL('../../../src/container-moqui.worker.js', import.meta.url));
    const run = (task: MoquiTask): Promise<MoquiDone> => thread.run(task);
    const stop = new AbortController();
    const twice = [1, 2].map(() => rejection(large.engine({}, run).ahead(large.request, stop.signal)));
    const written = (): number =>
      readdirSync(at('large'), { recursive: true }).filter((name) => /CT/.test(String(name))).length;
    await until('slices are written', () => written() > 0);
    await job.engine({}, run).prepare(job.request);
    stop.abort(new Error('the case was cancelled'));
    for (const left of await Promise.all(twice)) expect(left).to.be.an('error'); // it was not done by then
  });

  it('is no judge where it gives names of files', async () => {
    const job = new AMoquiJob(place.path);
    const engine = job.engine({}, () => Promise.resolve(['/a']));
    const judged = await rejection(engine.judge(job.request, { how: 'exited', code: 0 }));
    expect(judged).to.include({ code: 'engine.no-result' });
  });
});

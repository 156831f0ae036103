import { expect } from 'chai';
import { join } from 'node:path';
import { ASK_EVERY_MS } from '../../ask-mqi.js';
import { until } from '../../until.js';
import { audit } from './audit.js';
import { clusterWithCase } from './cluster.js';
import { FaultRoot } from './fault-root.js';
import { bringToEnd } from './random-kills.js';

const CPU = { slots: 2 };

describe('a change of execution.scheduler or of the hosts while jobs run', function () {
  this.timeout(240_000);
  const both = clusterWithCase();
  const { cluster } = both;

  /** What is configured before and after, and where the jobs of the first case run on. */
  const changes: readonly (readonly [what: string, from: (root: string) => object, to: (root: string) => object])[] = [
    ['from this service to Slurm', () => CPU, () => cluster.bySlurm()],
    [
      'from Slurm to this service',
      () => cluster.bySlurm(),
      () => ({ ...cluster.bySlurm(), scheduler: 'direct', ...CPU }),
    ],
    ['from this machine to another one by SSH', () => CPU, (root) => ({ ...CPU, hosts: [cluster.far(root)] })],
    [
      'of a host by SSH from direct to Slurm',
      (root) => ({ ...cluster.both(root), hosts: [cluster.far(root)] }),
      (root) => ({ ...cluster.bySlurm(), hosts: [{ ...cluster.far(root), scheduler: 'slurm' }] }),
    ],
  ];
  const listed = async (root: FaultRoot): Promise<string> => (await root.look(['cases'])).stdout;
  // The others with SWITCH_ALL=1: each takes its time.
  const tried = process.env['SWITCH_ALL'] === undefined ? changes.slice(1, 3) : changes;
  for (const [what, from, to] of tried) {
    it(`${what} loses none of them and starts none twice; later cases go to the new place`, async () => {
      const options = { engine: 'command', engineSeconds: 0, slots: 2, maxRetries: 0, execution: from } as const;
      const root = new FaultRoot({ ...options, doseFile: both.made.doseFile });
      try {
        root.close();
        root.drop(both.made.folder, 'before');
        const first = root.start();
        await until('both engines to run', () => root.engineRuns().length === 2, 30_000);
        first.kill('SIGKILL'); // as it may be before the handles are written
        await first.ended;
        root.reconfigure(to(root.path));
        root.drop(both.made.folder, 'after');
        const second = root.start();
        // The places of the first jobs count: where there are no more, the new ones wait for them.
        const isTaken = async (): Promise<boolean> => /"folder": ?"after"/.test(await listed(root));
        await until('the new case to be taken', isTaken, 30_000, ASK_EVERY_MS);
        second.kill('SIGKILL');
        await second.ended;
        root.open();
        const { ended } = await bringToEnd(root);
        const { losses, duplicates, wrongs, attempts } = await audit(root, ['before', 'after'], 2);
        expect({ losses, duplicates, wrongs, ended }).to.deep.equal({
          losses: [],
          duplicates: [],
          wrongs: [],
          ended: [],
        });
        expect([attempts, root.engineRuns().length]).to.deep.equal([4, 4]);
      } finally {
        root.remove();
      }
    });
  }

  it('of what a host is (by SSH, then this machine) holds its case in words, and goes on when it is put back', async () => {
    const far = (root: string): object => ({
      ...CPU,
      hosts: [{ ...cluster.far(root), workDir: join(cluster.place, 'far') }],
    });
    const options = { engine: 'command', engineSeconds: 0, slots: 2, maxRetries: 0, execution: far } as const;
    const root = new FaultRoot({ ...options, doseFile: both.made.doseFile });
    try {
      root.close();
      root.drop(both.made.folder, 'case');
      const first = root.start();
      await until('both engines to run', () => root.engineRuns().length === 2, 30_000);
      first.kill('SIGKILL');
      await first.ended;
      root.reconfigure({ ...CPU, hosts: [{ name: 'far', kind: 'local' }] });
      await root.runToEnd();
      expect(await listed(root)).to.include('a job is on host far as it was configured before');
      expect(root.engineRuns()).to.have.length(2);
      root.reconfigure(far(root.path));
      root.open();
      await root.mqi(['retry', '--held']);
      const { ended } = await bringToEnd(root);
      const { losses, duplicates, wrongs } = await audit(root, ['case'], 2);
      expect({ losses, duplicates, wrongs, ended }).to.deep.equal({
        losses: [],
        duplicates: [],
        wrongs: [],
        ended: [],
      });
      expect(root.engineRuns()).to.have.length(2);
    } finally {
      root.remove();
    }
  });
});

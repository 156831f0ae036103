import { expect } from 'chai';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SshServer } from '../../mounts/ssh-server.js';
import { removeFolder } from '../../remove-folder.js';
import { brokenPromises, killAtEach, pointsOf, type KillResult } from './kill-matrix.js';
import { madeInputs, type MadeInputs } from './made-inputs.js';

/*
 * The service is killed (SIGKILL) at every hand-over of a case of two beams, and started again. Here those
 * that are named, the first time it comes by; `node scripts/durability-record.mjs` takes all there are, each time
 * (docs/durability-record.md).
 */

/** Without these the matrix would have lost a hand-over, by a renamed call perhaps. */
const HAND_OVERS = [
  'case registered: after',
  'claim for validate: after',
  'file work/plan.dcm: after',
  'case validated: after',
  'file work/beam.json: after',
  'case interpreted: after',
  'attempt begun: after',
  'engine prepared: after',
  'job.json created: after',
  'process started: after',
  'job submitted: after',
  'beam moved by submit: after',
  'job ended: after',
  'beam moved by execute: after',
  'file work/RD.N.dcm: before',
  'file work/RD.N.dcm: after',
  'beam moved by convert: after',
  'case simulated: after',
  'file work/RD.plan.dcm: after',
  'case assembled: after',
  'delivery begun: after',
  'receipt pending: after',
  'file outbox/.delivery.json: after',
  'file outbox/RD.N.dcm: before',
  'file outbox/RD.N.dcm: after',
  'receipt delivered: after',
  'target working: after',
  'file outbox/receipt.json: after',
  'delivery finished: after',
  'delivery delivered: after',
  'case completed: after',
];

/** Those that a host by SSH adds, as it is asked to start a job and its results come back. */
const FAR_HAND_OVERS = [
  'file work/placed-on: after',
  'file work/asked: after',
  'job submitted: after',
  'file work/dose.mha: before',
  'file work/dose.mha: after',
  'file work/fetched.json: after',
];

const isHandOver = (point: string): boolean => HAND_OVERS.some((name) => point === `${name}#1`);
const ofTheEngine = (point: string): boolean => /attempt|engine|job|process|moved by|work\/RD\.N/.test(point);

describe('the service, killed at every hand-over and started again', function () {
  this.timeout(900_000); // work almost all of the time: some 30 services twice
  let made: MadeInputs;
  before(async () => {
    made = await madeInputs(2);
  });
  after(() => {
    made.remove();
  });

  const expectPromisesKept = (results: readonly KillResult[]): void => {
    expect(results.flatMap(brokenPromises)).to.deep.equal([]);
    expect(results.filter(({ died }) => !died).map(({ point }) => point)).to.deep.equal([]);
  };

  it('loses nothing and does nothing twice, and no engine runs a second time', async () => {
    const points = await pointsOf(made, { engine: 'command' });
    expect(points.map((point) => point.replace(/#\d+$/, ''))).to.include.members(HAND_OVERS);
    const results = await killAtEach(made, { engine: 'command' }, points.filter(isHandOver));
    expectPromisesKept(results);
    expect(results.filter(({ engineRuns }) => engineRuns !== 2)).to.deep.equal([]);
  });

  it('does so with the jobs on a host by SSH, at what that adds', async () => {
    const place = mkdtempSync(join(tmpdir(), 'mqi-sshd-'));
    const server = new SshServer(place);
    try {
      await server.start();
      const { configFile: sshConfig, ...reach } = server.reach;
      const far = (root: string): object => ({
        hosts: [{ name: 'far', kind: 'ssh', ...reach, sshConfig, workDir: join(root, 'far') }],
      });
      const where = { engine: 'command', execution: far } as const;
      const results = await killAtEach(
        made,
        where,
        FAR_HAND_OVERS.map((point) => `${point}#1`),
      );
      expectPromisesKept(results);
      expect(results.filter(({ engineRuns }) => engineRuns !== 2)).to.deep.equal([]);
    } finally {
      await server.stop();
      removeFolder(place);
    }
  });

  it('does so with the embedded engine', async () => {
    const points = await pointsOf(made, { engine: 'pencil-beam' });
    expectPromisesKept(
      await killAtEach(made, { engine: 'pencil-beam' }, points.filter(isHandOver).filter(ofTheEngine)),
    );
  });
});

import { expect } from 'chai';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { SshServer } from '../../mounts/ssh-server.js';
import { removeFolder } from '../../remove-folder.js';
import { madeInputs, type MadeInputs } from './made-inputs.js';
import { randomKills, type RandomKillsOptions } from './random-kills.js';

/*
 * As random-kills.test.ts, with the jobs on a host reached by SSH. For a longer run: FAR_KILLS=50 FAR_SEED=N. Each engine
 * writes a line when it starts; more lines than beams is a job that ran twice.
 */
const SEED = Number(process.env['FAR_SEED'] ?? 20261126);
const KILLS = process.env['FAR_KILLS'];

describe(`jobs on a host reached by SSH, while things go wrong at random instants (seed ${String(SEED)})`, function () {
  this.timeout(90_000 + Number(KILLS ?? 10) * 20_000);
  const place = mkdtempSync(join(tmpdir(), 'mqi-sshd-'));
  const server = new SshServer(place);
  let made: MadeInputs;
  before(async () => {
    await server.start();
    made = await madeInputs(2);
  });
  after(async () => {
    made.remove();
    await server.stop();
    removeFolder(place);
  });

  /** Its work folder lies below the root, so that whoever looks for its engines finds them. */
  const far = (rootPath: string): object => {
    const { configFile: sshConfig, ...reach } = server.reach;
    return { name: 'far', kind: 'ssh', ...reach, sshConfig, workDir: join(rootPath, 'far') };
  };
  const none = async (usual: number, options: Partial<RandomKillsOptions>): Promise<void> => {
    const kills = Number(KILLS ?? usual);
    const size = { cases: 3, beams: 2, engineSeconds: 1 };
    const result = await randomKills(made, { victim: 'service', kills, seed: SEED, ...size, ...options });
    const { losses, duplicates, wrongs } = result;
    expect({ losses, duplicates, wrongs }).to.deep.equal({ losses: [], duplicates: [], wrongs: [] });
    expect(result.engineRuns, 'each beam was calculated once').to.equal(result.beams);
    expect(result.serviceKills).to.be.greaterThanOrEqual(kills);
  };

  it('none is lost and none runs twice when the service is killed', () =>
    none(10, { execution: (rootPath) => ({ hosts: [far(rootPath)] }) }));

  it('none is lost and none runs twice when sshd comes and goes as well', () =>
    none(5, {
      execution: (rootPath) => ({ hosts: [far(rootPath)] }),
      disturb: async (isOver, random) => {
        while (!isOver()) {
          await passing(500 + random() * 2_500);
          await server.stop();
          await passing(random() * 1_500);
          await server.start();
        }
      },
    }));

  it('none is lost and none runs twice when they are spread over this machine and that one', () =>
    none(5, { execution: (rootPath) => ({ slots: 3, hosts: [{ name: 'local', kind: 'local' }, far(rootPath)] }) }));
});

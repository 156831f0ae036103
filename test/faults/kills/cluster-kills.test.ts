import { expect } from 'chai';
import { clusterWithCase } from './cluster.js';
import { killedAfterSubmit, killedWithAllRunning, type ClusterKillsResult } from './cluster-kills.js';

/*
 * A short run of what `node scripts/durability-record.mjs cluster` does with 50 kills (docs/durability-record.md), on a real
 * Slurm and a real sshd.
 */
const SEED = 20261126;

describe('jobs of Slurm and jobs by SSH', function () {
  this.timeout(300_000);
  const both = clusterWithCase();
  const { cluster } = both;

  const expectKept = ({ losses, duplicates, wrongs }: ClusterKillsResult): void => {
    expect({ losses, duplicates, wrongs }).to.deep.equal({ losses: [], duplicates: [], wrongs: [] });
  };

  it('are all followed again when the service is killed while four and two of them run; none is started twice', async () => {
    const result = await killedWithAllRunning(both.made, cluster, { kills: 5, seed: SEED });
    expectKept(result);
    expect(result.running).to.deep.equal({ slurm: 4, ssh: 2 });
    expect([result.attempts, result.engineRuns]).to.deep.equal([6, 6]);
  });

  it('are neither lost nor doubled when slurmctld is killed within a second of a submission', async () => {
    expectKept(await killedAfterSubmit(both.made, cluster, { kills: 2, seed: SEED }));
  });
});

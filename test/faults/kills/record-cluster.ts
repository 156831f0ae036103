import { Cluster } from './cluster.js';
import { killedAfterSubmit, killedWithAllRunning, type ClusterKillsResult } from './cluster-kills.js';
import { brokenPromises, isOfTheJob, killAtEach, pointsOf, type KillResult } from './kill-matrix.js';
import { madeInputs, type MadeInputs } from './made-inputs.js';

/* Parts of the record that need a Slurm or an sshd: what was tried, as text, and what was broken, in words. */

export interface RecordedPart {
  readonly text: string;
  readonly broken: readonly string[];
}

async function onCluster<T>(beams: number, work: (made: MadeInputs, cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = new Cluster();
  await cluster.start();
  const made = await madeInputs(beams);
  try {
    return await work(made, cluster);
  } finally {
    made.remove();
    await cluster.stop();
  }
}

/** Every point of a job's way to a host by SSH and back, each time that it is passed. */
export function farMatrix(say: (text: string) => void): Promise<RecordedPart> {
  return onCluster(2, async (made, cluster) => {
    const where = { engine: 'command', execution: (root: string) => ({ hosts: [cluster.far(root)] }) } as const;
    const all = await pointsOf(made, where);
    const points = all.filter(isOfTheJob);
    const results: KillResult[] = [];
    await killAtEach(made, where, points, (result) => {
      results.push(result);
      say(`far ${String(results.length)}/${String(points.length)} ${result.point}`);
    });
    const count = (of: (result: KillResult) => number): string => String(results.reduce((s, r) => s + of(r), 0));
    const cells = [
      String(points.length),
      count(({ died }) => Number(died)),
      count(({ audit }) => audit.losses.length),
      count(({ audit }) => audit.duplicates.length),
      count(({ audit }) => audit.wrongs.length),
      count(({ engineRuns }) => Math.max(0, engineRuns - 2)),
    ];
    const text = `## Killed at every hand-over to a host by SSH

As above, with the jobs on a host reached by SSH (a real sshd): every point from the attempt's number to the beam's dose,
of ${String(all.length)} in all. Files are those that are moved there and back.

| points | kills | losses | duplicates | wrong | engines started beyond one per beam |
|---|---|---|---|---|---|
| ${cells.join(' | ')} |
`;
    return { text, broken: results.flatMap(brokenPromises) };
  });
}

const COLUMNS = `| kills | beams | losses | duplicates | wrong | attempts | engines started |
|---|---|---|---|---|---|---|`;

/** The service is killed with jobs of Slurm and by SSH. */
export function clusterKills(kills: number, seed: number): Promise<RecordedPart> {
  return onCluster(2, async (made, cluster) => {
    const service = await killedWithAllRunning(made, cluster, { kills, seed });
    const { slurm, ssh } = service.running;
    const text = `## Jobs of a real Slurm and of a real sshd

The service is killed again and again while ${String(slurm)} jobs of Slurm and ${String(ssh)} jobs by SSH run the whole time. After each kill the
database must name the same jobs; no beam may need a second attempt.

${COLUMNS}
${row(service)}
`;
    return { text, broken: brokenOf(service) };
  });
}

/** slurmctld is killed after submissions; the service lives. */
export function controllerKills(kills: number, seed: number): Promise<RecordedPart> {
  return onCluster(2, async (made, cluster) => {
    const result = await killedAfterSubmit(made, cluster, { kills, seed });
    const text = `## slurmctld killed within a second of a submission

It forgets its last seconds and gives their ids out again. A second attempt is no failure there, a second result is.

${COLUMNS}
${row(result)}
`;
    return { text, broken: brokenOf(result) };
  });
}

const brokenOf = ({ losses, duplicates, wrongs }: ClusterKillsResult): readonly string[] => [
  ...losses,
  ...duplicates,
  ...wrongs,
];

function row({ kills, beams, losses, duplicates, wrongs, attempts, engineRuns }: ClusterKillsResult): string {
  const cells = [kills, beams, losses.length, duplicates.length, wrongs.length, attempts, engineRuns];
  return `| ${cells.map(String).join(' | ')} |`;
}

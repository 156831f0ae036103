import { appendFileSync } from 'node:fs';

/*
 * Where a service under test is to die. The product knows nothing of this: points are calls across its ports
 * (watched-ports.ts) and renames of files (watched-files.ts), both looked at from outside by the test's own program.
 *
 *   KILL_AT     `<point>#<k>`: SIGKILL to ourselves when the point is reached for the k-th time
 *   POINTS_TO   a file to which the name of each point reached is appended
 */

const [wanted = '', times = '1'] = (process.env['KILL_AT'] ?? '').split('#');
const listing = process.env['POINTS_TO'];
const counts = new Map<string, number>();

/** Notes that the point was reached; does not return where the service is to die. Counts by thread. */
export function reached(point: string): void {
  if (listing !== undefined) appendFileSync(listing, `${point}\n`);
  const count = (counts.get(point) ?? 0) + 1;
  counts.set(point, count);
  if (point !== wanted || count !== Number(times)) return;
  process.kill(process.pid, 'SIGKILL');
  for (;;); // nothing more is done until the kernel has ended all threads
}

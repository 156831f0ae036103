import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** A run that is over and yet does not end holds something: it says what, and fails, rather than wait for ever. */
const LONGEST_END_MS = 60_000;

interface Tally {
  readonly passes: number;
  readonly failures: number;
  readonly skipped: readonly string[];
}

/**
 * Mocha's spec report, then what was skipped, then one line that machines read. Of a run in several parts
 * (`MQI_TEST_TALLY` names a file that carries the sum on) the last one prints the sum of all.
 */
export default class SummaryReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = runner.stats ?? { passes: 0, failures: 0 };
      const sum = withThoseBefore({ passes, failures, skipped });
      if (process.env.MQI_TEST_MORE !== 'true') print(sum);
      setTimeout(() => {
        const held = process.getActiveResourcesInfo().join(', ');
        process.stderr.write(`the tests are over, but something was left running: ${held}\n`);
        process.exit(1);
      }, LONGEST_END_MS).unref();
    });
  }
}

function withThoseBefore(now: Tally): Tally {
  const path = process.env.MQI_TEST_TALLY;
  if (path === undefined) return now;
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Tally) : NONE;
  const sum = {
    passes: before.passes + now.passes,
    failures: before.failures + now.failures,
    skipped: [...before.skipped, ...now.skipped],
  };
  writeFileSync(path, JSON.stringify(sum));
  return sum;
}
const NONE: Tally = { passes: 0, failures: 0, skipped: [] };

function print({ passes, failures, skipped }: Tally): void {
  for (const title of skipped) process.stdout.write(`skipped: ${title}\n`);
  const tail = skipped.length > 0 ? `, ${String(skipped.length)} skipped` : '';
  process.stdout.write(`${String(passes)} passed, ${String(failures)} failed${tail}\n`);
}

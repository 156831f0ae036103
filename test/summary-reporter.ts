import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** A run that is over and yet does not end holds something: it says what, and fails, rather than wait for ever. */
const LONGEST_END_MS = 60_000;

/**
 * Mocha's spec report; and what was passed, failed and skipped, as a file of the folder that `MQI_TEST_TALLY` names:
 * scripts/test.mjs, which may run several at once, sums them up.
 */
export default class SummaryReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    const failed: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    // Of a file that ran in another process it is no Error any more, but has its message.
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error: { readonly message?: string } | null) => {
      const [what = ''] = (error?.message ?? 'thrown without a message').split('\n');
      failed.push(`${test.fullTitle()}: ${what}`);
    });
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = runner.stats ?? { passes: 0, failures: 0 };
      const folder = process.env['MQI_TEST_TALLY'];
      const tally = JSON.stringify({ passes, failures, skipped, failed });
      if (folder !== undefined) writeFileSync(join(folder, `${String(process.pid)}.json`), tally);
      setTimeout(() => {
        const held = process.getActiveResourcesInfo().join(', ');
        process.stderr.write(`the tests are over, but something was left running: ${held}\n`);
        process.exit(1);
      }, LONGEST_END_MS).unref();
    });
  }
}

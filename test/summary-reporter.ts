import Mocha from 'mocha';

/** A run that is over and yet does not end holds something: it says what, and fails, rather than wait for ever. */
const LONGEST_END_MS = 60_000;

/** Mocha's spec report, then what was skipped, then one line that machines read. */
export default class SummaryReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      for (const title of skipped) process.stdout.write(`skipped: ${title}\n`);
      const { passes, failures } = runner.stats ?? { passes: 0, failures: 0 };
      const tail = skipped.length > 0 ? `, ${String(skipped.length)} skipped` : '';
      process.stdout.write(`${String(passes)} passed, ${String(failures)} failed${tail}\n`);
      setTimeout(() => {
        const held = process.getActiveResourcesInfo().join(', ');
        process.stderr.write(`the tests are over, but something was left running: ${held}\n`);
        process.exit(1);
      }, LONGEST_END_MS).unref();
    });
  }
}

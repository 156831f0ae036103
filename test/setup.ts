import 'reflect-metadata';

/** Tests of real processes, whose hazards include the machine they share: these may be tried a second time in CI. */
const REAL = /[\\/]test[\\/](integration|faults|e2e)[\\/]/;

/**
 * Loaded before all tests. A test that needed its second try is named at the end (summary-reporter.ts): it is a defect of
 * the test or of the product to be found, not a result to be forgotten.
 */
export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    const test = this.currentTest;
    if (process.env['CI'] === 'true' && test?.file !== undefined && REAL.test(test.file)) test.retries(1);
  },
};

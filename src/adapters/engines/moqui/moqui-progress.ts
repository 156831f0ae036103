import type { ProgressReader } from '../../../ports/engine.js';

/** Upstream, before the first batch. */
const EXPECTED = /^Upload (\d+) histories per batch, (\d+) batches expected/;
/** Upstream (sic), once a batch is generated and before it is transported: so many in all, so many in this batch. */
const GENERATED = /^cum_vertiex (\d+) (\d+)/;
/** Log dialect, when it begins to generate batch k of M. */
const BATCH = /Generating particles for \((\d+) of (\d+) batches\)/;
/** The last line; the dose is saved before it, but it does not say that this went well. */
const LAST = /^(Time taken by MC engine|Total execution time):/;
/** What is left of a run once its last batch has begun counts for so much. */
const ALMOST = 99;

/** Percent by the batches that are done, for both dialects. */
export function moquiProgress(): ProgressReader {
  let total = 0;
  return (line) => {
    const expected = EXPECTED.exec(line);
    if (expected !== null) {
      total = Number(expected[1]) * Number(expected[2]);
      return 0;
    }
    const generated = GENERATED.exec(line);
    if (generated !== null && total > 0) return percent(Number(generated[1]) - Number(generated[2]), total);
    const batch = BATCH.exec(line);
    if (batch !== null) return percent(Number(batch[1]) - 1, Number(batch[2]));
    return LAST.test(line) ? 100 : null;
  };
}

const percent = (done: number, total: number): number | null =>
  total > 0 && done >= 0 ? Math.min(ALMOST, (100 * done) / total) : null;

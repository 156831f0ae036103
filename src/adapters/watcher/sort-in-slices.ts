const SLICE = 10_000;

/**
 * The strings in code unit order. Long lists are sorted in slices and merged, letting the event loop turn in between: a
 * folder of a million files must not stop the service.
 */
export async function sortInSlices(strings: readonly string[], slice = SLICE): Promise<readonly string[]> {
  let runs: (readonly string[])[] = [];
  for (let from = 0; from < strings.length; from += slice) {
    if (from > 0) await turn();
    runs.push(strings.slice(from, from + slice).sort());
  }
  while (runs.length > 1) {
    const merged: (readonly string[])[] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], slice));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge(left: readonly string[], right: readonly string[], slice: number): Promise<readonly string[]> {
  const merged: string[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const fromLeft = left[l] ?? '';
    const fromRight = right[r] ?? '';
    const takeLeft = fromLeft <= fromRight;
    merged.push(takeLeft ? fromLeft : fromRight);
    if (takeLeft) l += 1;
    else r += 1;
    if (merged.length % slice === 0) await turn();
  }
  return merged.concat(left.slice(l), right.slice(r));
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

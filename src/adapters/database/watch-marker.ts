/** How often it is looked whether another process has committed. */
const LOOK_EVERY_MS = 200;

/**
 * Calls back when what `look` gives differs from what it gave before. A look that fails is left out: the next one sees
 * the change. The timer does not keep the process alive. Returns the function that ends the watch.
 */
export function watchMarker(look: () => Promise<string>, callback: () => void): () => void {
  let last: string | null = null;
  let looking = false;
  let ended = false;
  const seen = (marker: string): void => {
    const changed = last !== null && last !== marker;
    last = marker;
    if (changed && !ended) callback();
  };
  const lookAgain = (): void => {
    if (looking) return;
    looking = true;
    look()
      .then(seen, () => undefined)
      .finally(() => {
        looking = false;
      });
  };
  lookAgain();
  const timer = setInterval(lookAgain, LOOK_EVERY_MS);
  timer.unref();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}

/**
 * The answer of the work; a rejection with the signal's reason as soon as that aborts, whatever the work comes to then. For work
 * that need not hear of the signal at once, or at all.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let forget = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    forget = () => {
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    forget();
  }
}

/** How often `monitorEventLoopDelay` looks. */
export const LOOP_RESOLUTION_MS = 50;

/**
 * How long the event loop was held up, of what `monitorEventLoopDelay` measured with that resolution: it measures from one look
 * to the next, so an idle loop shows the resolution.
 */
export const loopDelayMs = (measuredNs: number): number => Math.max(0, measuredNs / 1e6 - LOOP_RESOLUTION_MS);

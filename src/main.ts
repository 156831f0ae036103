import { buildContainer, type ContainerOptions } from './container.js';
import { Logger } from './ports/logger.js';
import { ServiceManager } from './ports/service-manager.js';
import type { Settings } from './ports/settings.js';
import type { WebAddress } from './web/web-server.js';
import { MqiService } from './workflow/service.js';

export interface ServiceRun {
  /** End when nothing is left to do. */
  readonly once: boolean;
  /** Aborts when the service is to stop. */
  readonly signal: AbortSignal;
  /** Waits this long for a service that holds the root or the database to end; 0 refuses at once. */
  readonly waitMs: number;
  /** Called when the live page is served. */
  readonly announce?: (served: WebAddress) => void;
}

/** Runs the service until the signal aborts or, with `once`, until nothing is left; the exit code (product.md, 3). */
export async function runService(settings: Settings, { once, waitMs, signal, announce }: ServiceRun): Promise<number> {
  const container = buildContainer(settings, { ...logStreams(settings), isService: true });
  const service = container.get(MqiService);
  const manager = container.get(ServiceManager);
  // Timers of waits do not keep a process alive; the service itself does.
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    await service.open({ waitMs, signal });
    try {
      const web = settings.web.enabled ? container.get((await import('./web/web-server.js')).WebServer) : null;
      const served = await web?.start();
      if (served !== undefined) announce?.(served);
      try {
        return await reported(manager, signal, async () => ((await service.run(once, signal)) > 0 ? 1 : 0));
      } finally {
        await web?.stop();
      }
    } finally {
      await service.close();
    }
  } finally {
    clearInterval(alive);
    await container.get(Logger).close();
  }
}

/** Lines for people go to stderr, unless standard output is to have them, or has each as JSON. */
function logStreams({ logging: { stdout } }: Settings): ContainerOptions {
  if (stdout === 'json') return { shipping: process.stdout };
  return { console: stdout === 'pretty' ? process.stdout : process.stderr };
}

/** Runs `work` and tells the service manager: started, alive from time to time, ending. Ends with `work`. */
async function reported<T>(manager: ServiceManager, stop: AbortSignal, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  let stopping = Promise.resolve();
  const onStop = (): void => {
    stopping = manager.stopping();
  };
  await manager.ready();
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });
  const alive = manager.keepAlive(over.signal);
  try {
    return await work();
  } finally {
    stop.removeEventListener('abort', onStop);
    over.abort();
    await Promise.all([alive, stopping]);
  }
}

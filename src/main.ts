import type { ContainerInstance } from 'typedi';
import { Logger } from './ports/logger.js';
import { Settings } from './ports/settings.js';
import { WebServer } from './web/web-server.js';
import { MqiService } from './workflow/service.js';

export interface ServiceRun {
  readonly container: ContainerInstance;
  /** End when nothing is left to do. */
  readonly once: boolean;
  /** Aborts when the service is to stop. */
  readonly signal: AbortSignal;
}

/** Runs the service until the signal aborts or, with `once`, until nothing is left; the exit code (product.md, 3). */
export async function runService({ container, once, signal }: ServiceRun): Promise<number> {
  const service = container.get(MqiService);
  await service.open();
  try {
    const web = container.get(Settings).web.enabled ? container.get(WebServer) : null;
    await web?.start();
    try {
      return (await service.run(once, signal)) > 0 ? 1 : 0;
    } finally {
      await web?.stop();
    }
  } finally {
    await service.close();
    await container.get(Logger).close();
  }
}

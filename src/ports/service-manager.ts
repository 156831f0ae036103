import { Token } from 'typedi';

/** Who started the service and watches over it, as systemd does; without one, telling it does nothing. */
export interface ServiceManager {
  /** Locks are held, the database is open, the page is served: from here on the service counts as started. */
  ready(): Promise<void>;
  /** The service ends in order. */
  stopping(): Promise<void>;
  /**
   * Says that the service is alive, from the event loop, as often as the manager wants to hear it, until the signal aborts.
   * A loop that hangs falls silent, and the manager starts the service anew.
   */
  keepAlive(signal: AbortSignal): Promise<void>;
}
export const ServiceManager = new Token<ServiceManager>('ServiceManager');

import type { FastifyInstance } from 'fastify';
import { overviewOf, type OverviewView } from '../workflow/overview-view.js';
import type { PlaceTrailView } from '../workflow/place-trail-view.js';
import type { PlaceTrail } from './place-trail.js';
import { SharedAnswer } from './shared-answer.js';
import type { WebPorts } from './web-ports.js';

/** All open pages read the overview at the same moment, when something has changed; they share one. */
const SHARED_MS = 500;

/** How all stands at a glance, and how GPUs were used lately. */
export function overviewRoutes(app: FastifyInstance, ports: WebPorts, trail: PlaceTrail): void {
  const shared = new SharedAnswer(ports.clock, SHARED_MS, () => overviewOf(ports, ports, ports.clock.now()));
  app.get('/api/overview', (): Promise<OverviewView> => shared.get());
  app.get('/api/gpus/trail', (): PlaceTrailView => trail.view());
}

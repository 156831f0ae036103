import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { AccessRule } from '../../src/web/access.js';
import { buildWebApp } from '../../src/web/build-web-app.js';
import { aCase } from './a-case.js';
import { someWebPorts, type SomeWebPorts } from './some-web-ports.js';

export const TOKEN = 'a-token-for-tests-only-0123';
export const PASSWORD = 'correct horse battery';

/** A browser without cookies of its own before an interface with users of each role: vera, oskar and adam. */
export class SomeVisits {
  ports: SomeWebPorts = someWebPorts();
  readonly #apps: FastifyInstance[] = [];

  async begin(): Promise<void> {
    this.ports = someWebPorts();
    this.ports.tables.cases.set('c1', aCase({ id: 'c1', folder: 'DOE^JANE', state: 'failed' }));
    await this.ports.users.add({ name: 'vera', role: 'viewer', password: PASSWORD });
    await this.ports.users.add({ name: 'oskar', role: 'operator', password: PASSWORD });
    await this.ports.users.add({ name: 'adam', role: 'admin', password: PASSWORD });
  }

  async serve(rule: Partial<AccessRule> = {}): Promise<void> {
    const { app } = await buildWebApp(this.ports, { token: TOKEN, loopback: true, ...rule });
    this.#apps.push(app);
  }

  async end(): Promise<void> {
    await Promise.all(this.#apps.splice(0).map((one) => one.close()));
  }

  ask(change: InjectOptions): Promise<LightMyRequestResponse> {
    const app = this.#apps.at(-1);
    if (app === undefined) throw new Error('nothing is served');
    return app.inject({ ...change, headers: { host: '127.0.0.1:8321', ...change.headers } });
  }

  logIn(payload: object, change: InjectOptions = {}): Promise<LightMyRequestResponse> {
    return this.ask({ method: 'POST', url: '/api/session', payload, ...change });
  }
}

export const cookieOf = (answer: LightMyRequestResponse): string =>
  String(answer.headers['set-cookie']).split(';')[0] ?? '';
export const codeOf = (answer: LightMyRequestResponse): string => answer.json<{ code: string }>().code;

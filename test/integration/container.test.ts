import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Token, type ContainerInstance } from 'typedi';
import { buildContainer } from '../../src/container.js';
import { Clock } from '../../src/ports/clock.js';
import { Logger } from '../../src/ports/logger.js';
import { Steps } from '../../src/ports/step.js';
import { STEP_NAMES } from '../../src/domain/case-machine.js';
import { WebServer } from '../../src/web/web-server.js';
import { MqiService } from '../../src/workflow/service.js';
import { WorkflowManager } from '../../src/workflow/workflow-manager.js';
import { someSettings } from '../builders/some-settings.js';
import { FakeClock } from '../fakes/fake-clock.js';
import { tempFolder } from '../temp-folder.js';

const PORTS = fileURLToPath(new URL('../../src/ports', import.meta.url));

describe('the production container', () => {
  const folder = tempFolder();

  const build = (change: Readonly<Record<string, unknown>> = {}): ContainerInstance => {
    const root = folder.path;
    const database = { path: join(root, 'mqi.sqlite') };
    return buildContainer(someSettings({ root, intake: { inbox: join(root, 'inbox') }, database, ...change }));
  };

  it('gives an implementation of every port there is', async () => {
    const container = build();
    const files = readdirSync(PORTS).filter((file) => file.endsWith('.js'));
    const tokens: Token<unknown>[] = [];
    for (const file of files) {
      const exported = Object.values((await import(join(PORTS, file))) as Record<string, unknown>);
      tokens.push(...exported.filter((value): value is Token<unknown> => value instanceof Token));
    }
    expect(tokens.length).to.be.greaterThan(20);
    for (const token of tokens) expect(container.get(token), token.name).not.to.equal(undefined);
    await container.get(Logger).close();
  });

  it('resolves the service with all it needs, and one handler for each step', async () => {
    const container = build();
    expect(container.get(MqiService)).to.be.instanceOf(MqiService);
    expect(container.get(WebServer)).to.be.instanceOf(WebServer);
    expect(container.get(Steps).map(({ name }) => name)).to.deep.equal(STEP_NAMES);
    expect(container.get(WorkflowManager)).to.equal(container.get(WorkflowManager));
    await container.get(Logger).close();
  });

  it('makes the engine by command where that is configured', async () => {
    const container = build({ engine: { kind: 'command', command: { argv: ['engine', '{output}'] } } });
    expect(container.get(Steps)).to.have.length(5);
    await container.get(Logger).close();
  });

  it('lets a test replace a port by one line, and keeps containers apart', async () => {
    const container = build();
    const clock = new FakeClock();
    container.set(Clock, clock);
    expect(container.get(Clock)).to.equal(clock);
    expect(build().get(Clock)).not.to.equal(clock);
    await container.get(Logger).close();
  });
});

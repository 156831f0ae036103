import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { OPTIONS } from '../../../src/config/options.js';

const TOP = fileURLToPath(new URL('../../../../', import.meta.url));
const file = readFileSync(join(TOP, 'Dockerfile'), 'utf8');
const compose = parse(readFileSync(join(TOP, 'compose.yaml'), 'utf8')) as {
  services: { mqi: { environment: Record<string, string>; volumes: string[]; user?: string } };
  volumes: Record<string, null>;
};

const copies = [...file.matchAll(/^COPY (--from=build )?(.+) (\S+)$/gm)].map(([, built, sources = '']) => ({
  built: built !== undefined,
  sources: sources.split(' ').map((source) => source.replace('/src/', '')),
}));

/* No image is built here: that needs Docker and a network. */
describe('Dockerfile and compose.yaml', () => {
  it('copy only what there is, and all that the service runs from', () => {
    expect(copies.length).to.be.at.least(10);
    const missing = copies.flatMap(({ sources }) => sources).filter((source) => !existsSync(join(TOP, source)));
    expect(missing).to.deep.equal([]);
    const ignored = readFileSync(join(TOP, '.dockerignore'), 'utf8').trim().split('\n');
    const sent = copies.filter(({ built }) => !built).flatMap(({ sources }) => sources);
    expect(sent.filter((source) => ignored.includes(source.split('/')[0] ?? ''))).to.deep.equal([]);
    expect(file)
      .to.match(/^USER mqi$/m)
      .and.to.contain('/healthz')
      .and.not.to.match(/^USER root$/m);
  });

  it('set only variables that the service knows, and mount the inbox read-only and the root as a volume', () => {
    const { environment, volumes } = compose.services.mqi;
    const known = new Set([...OPTIONS.map((option) => option.environment), 'MQI_CONFIG', 'TZ']);
    expect(Object.keys(environment).filter((name) => !known.has(name))).to.deep.equal([]);
    const root = /MQI_ROOT=(\S+)/.exec(file)?.[1] ?? 'nowhere';
    expect(volumes.find((volume) => volume.endsWith(`:${environment['MQI_INTAKE_INBOX'] ?? ''}:ro`))).to.be.a('string');
    expect(Object.keys(compose.volumes).some((name) => volumes.includes(`${name}:${root}`))).to.equal(true);
  });
});

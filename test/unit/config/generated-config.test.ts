import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkConfig } from '../../../src/config/check-config.js';
import { configJsonSchema } from '../../../src/config/config-json-schema.js';
import { OPTIONS, SECTIONS, valueAt } from '../../../src/config/options.js';
import { renderConfigTable } from '../../../src/config/render-config-table.js';
import { renderConfigYaml } from '../../../src/config/render-config-yaml.js';
import { shownConfig, shownConfigText } from '../../../src/config/show-config.js';
import { configIn } from '../../builders/config-in.js';
import { tempFolder } from '../../temp-folder.js';

const top = fileURLToPath(new URL('../../../..', import.meta.url));

describe('what is made of the configuration schema', () => {
  const folder = tempFolder();
  const { load } = configIn(folder);

  it('every option has a description, a rule and a variable of its own', () => {
    for (const { key, description, rule } of OPTIONS) {
      expect(description, key).to.match(/^[A-Z"].*\.$/s);
      expect(rule, key).to.not.equal('');
    }
    for (const { key, description } of SECTIONS) expect(description, key).to.match(/\.$/);
    expect(new Set(OPTIONS.map(({ environment }) => environment)).size).to.equal(OPTIONS.length);
  });

  it('variables are named after the path', () => {
    const named = Object.fromEntries(OPTIONS.map(({ key, environment }) => [key, environment]));
    expect(named).to.include({
      root: 'MQI_ROOT',
      'processing.maxRetries': 'MQI_PROCESSING_MAX_RETRIES',
      'database.connectionTimeoutSeconds': 'MQI_DATABASE_CONNECTION_TIMEOUT_SECONDS',
      'progressTracking.coarsePhaseProgress.validated': 'MQI_PROGRESS_TRACKING_COARSE_PHASE_PROGRESS_VALIDATED',
      'intake.maxGiB': 'MQI_INTAKE_MAX_GIB',
      'geometry.huToRsp': 'MQI_GEOMETRY_HU_TO_RSP',
    });
  });

  it('config/mqi.yaml names every option once, and loads as exactly the defaults', () => {
    const values: unknown = parse(renderConfigYaml());
    for (const { key, path, byDefault } of OPTIONS) expect(valueAt(values, path), key).to.deep.equal(byDefault);
    const withFile = load({ yaml: renderConfigYaml() });
    expect(withFile.settings).to.deep.equal(configIn(folder).load({ file: 'config/mqi.yaml' }).settings);
    expect(new Set(Object.values(withFile.origins))).to.deep.equal(new Set(['file']));
    expect(
      renderConfigYaml()
        .split('\n')
        .every((line) => line.length <= 120),
    ).to.equal(true);
  });

  it('every option can be set by its variable, to what it is in the file', () => {
    for (const { key, environment, byDefault } of OPTIONS) {
      const text = typeof byDefault === 'string' ? byDefault : JSON.stringify(byDefault);
      const { settings, origins } = load({ env: { [environment]: text } });
      expect(settings, key).to.deep.equal(load().settings);
      expect(origins[key], key).to.equal('environment');
    }
  });

  it('docs/configuration.md has a row for every option', () => {
    const table = renderConfigTable();
    for (const { key, environment } of OPTIONS)
      expect(table).to.match(new RegExp(`\\| \`${key}\` \\|.*${environment}`));
  });

  it('the JSON Schema accepts the defaults and refuses what the service refuses', () => {
    const schema = configJsonSchema();
    expect(schema).to.have.property('$schema', 'https://json-schema.org/draft/2020-12/schema');
    expect(JSON.stringify(schema)).to.not.match(/"(rule|secret)":/);
    const checker = z.fromJSONSchema(schema);
    expect(checker.safeParse(parse(renderConfigYaml())).success).to.equal(true);
    for (const wrong of [{ wat: 1 }, { web: { port: 65_536 } }, { processing: { maxRetries: 1.5 } }, { uploads: [] }]) {
      expect(checker.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false);
    }
  });

  for (const name of readdirSync(join(top, 'config/examples'))) {
    it(`the example ${name} loads`, () => {
      const yaml = readFileSync(join(top, 'config/examples', name), 'utf8');
      const { origins } = load({ yaml });
      expect(Object.values(origins)).to.include('file');
    });
  }
});

describe('mqi config', () => {
  const folder = tempFolder();
  const { load } = configIn(folder);

  it('shows effective values with their origin, passwords masked', () => {
    const loaded = load({
      yaml: 'database: { kind: postgres }\nprocessing: { maxRetries: 4 }\n',
      env: { MQI_DATABASE_URL: 'postgres://mqi:hunter2@db:5432/mqi?sslpassword=hunter2' },
      root: 'here',
    });
    const shown = shownConfig(loaded);
    const of = (key: string): object | undefined => shown.values.find((value) => value.key === key);
    expect(shown.values).to.have.length(OPTIONS.length);
    expect(of('processing.maxRetries')).to.deep.equal({
      key: 'processing.maxRetries',
      value: 4,
      origin: 'file',
      environment: 'MQI_PROCESSING_MAX_RETRIES',
    });
    expect(of('root')).to.include({ value: join(folder.path, 'here'), origin: 'flag' });
    expect(of('database.url')).to.include({ value: 'postgres://mqi:***@db:5432/mqi?sslpassword=***' });
    expect(of('web.port')).to.include({ value: 8321, origin: 'default' });
    const text = shownConfigText(shown);
    expect(text).to.match(/^processing\.maxRetries +4 {2}\(file\)$/m);
    expect(text).to.match(/^database\.url .*\(MQI_DATABASE_URL\)$/m);
    expect(JSON.stringify(shown) + text).to.not.contain('hunter2');
  });

  it('checks without loading', () => {
    const request = { env: {}, flags: {}, cwd: folder.path };
    expect(checkConfig(request)).to.deep.equal({ ok: true, file: null, problems: [] });
    const report = checkConfig({ ...request, env: { MQI_WEB_PORT: '-1' } });
    expect(report.ok).to.equal(false);
    expect(report.problems).to.deep.equal([
      {
        key: 'web.port',
        value: '-1',
        rule: 'must be a whole number from 0 to 65535',
        nearest: null,
        where: 'MQI_WEB_PORT',
      },
    ]);
  });
});

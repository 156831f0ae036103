import { expect } from 'chai';
import { ACommandLine } from '../../builders/a-command-line.js';

describe('mqi config', () => {
  it('shows the effective values and where each comes from', async () => {
    const line = new ACommandLine();
    line.env = { MQI_WEB_PORT: '4711' };
    const { exit, out } = await line.type('config', 'show', '--json');
    const { values } = JSON.parse(out) as { values: { key: string; value: unknown; origin: string }[] };
    expect(exit).to.equal(0);
    expect(values.find(({ key }) => key === 'web.port')).to.include({ value: 4711, origin: 'environment' });
    expect(values.find(({ key }) => key === 'processing.maxRetries')).to.include({ value: 3, origin: 'default' });
    expect((await line.type('config', 'show')).out).to.match(/^web\.port +4711 +\(MQI_WEB_PORT\)$/m);
  });

  it('says all that is wrong, on stdout, and ends with 2', async () => {
    const line = new ACommandLine();
    line.env = { MQI_WEB_PORT: '0.5', MQI_PROCESSING_MAX_RETRIES: '-1' };
    const { exit, out, err } = await line.type('config', 'check', '--json');
    const report = JSON.parse(out) as { ok: boolean; problems: { key: string }[] };
    expect([exit, report.ok, err]).to.deep.equal([2, false, '']);
    expect(report.problems.map(({ key }) => key)).to.have.members(['web.port', 'processing.maxRetries']);
  });

  it('says that all is well, and ends with 0', async () => {
    const { exit, out } = await new ACommandLine().type('config', 'check');
    expect([exit, out]).to.deep.equal([0, 'the configuration is sound (no file; defaults apply)\n']);
  });

  it('prints the JSON Schema', async () => {
    const { out } = await new ACommandLine().type('config', 'schema');
    expect(JSON.parse(out)).to.have.nested.property('properties.web.properties.port');
  });
});

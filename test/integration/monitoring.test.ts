import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { aCase } from '../builders/a-case.js';
import { someMetrics } from '../builders/some-metrics.js';
import { FakeTables } from '../fakes/fake-tables.js';

const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));
const FOLDER = join(DOCS, 'monitoring');
const text = (name: string): string => readFileSync(join(DOCS, name), 'utf8');
const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });

describe('what watches the service', () => {
  let served: ReadonlySet<string>;
  before(async () => {
    const metrics = someMetrics(new FakeTables({ cases: [aCase()] }));
    const lines = (await metrics.text()).split('\n');
    metrics.close();
    served = new Set(lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []));
  });
  const named = (words: string): string[] => {
    const names = words.match(/\b(mqi|process)_[a-z_]+/g) ?? [];
    return [...new Set(names.map((name) => name.replace(/_(bucket|count|sum)$/, '')))].sort();
  };
  const unknown = (names: readonly string[]): string[] => names.filter((name) => !served.has(name));

  it('has alert rules that promtool finds right, and that fire when they should and not before', function () {
    if (promtool('--version').error !== undefined) this.skip();
    for (const args of [
      ['check', 'rules', 'alerts.yml'],
      ['test', 'rules', 'alerts.test.yml'],
    ]) {
      const { status, stdout, stderr } = promtool(...args);
      expect(status, `${stdout}${stderr}`).to.equal(0);
    }
  });

  it('asks in its alerts and its dashboard for metrics that there are', () => {
    const { groups } = parse(text('monitoring/alerts.yml')) as { groups: { rules: { expr: string }[] }[] };
    const rules = groups.flatMap((group) => group.rules).map(({ expr }) => expr);
    expect(rules).to.have.length.greaterThan(10);
    expect(unknown(named(rules.join('\n')))).to.deep.equal([]);
    const dashboard = JSON.parse(text('monitoring/grafana-dashboard.json')) as {
      panels: { targets?: { expr: string }[] }[];
    };
    const asked = dashboard.panels.flatMap(({ targets = [] }) => targets).map(({ expr }) => expr);
    expect(asked).to.have.length.greaterThan(20);
    expect(unknown(named(asked.join('\n')))).to.deep.equal([]);
  });

  it('finds every metric in docs/metrics.md, and no other', () => {
    const rows = text('metrics.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(named(rows.map((row) => row.split('|')[1]).join('\n'))).to.deep.equal([...served].sort());
  });
});

import { expect } from 'chai';
import { LogReader } from '../../../src/ports/log-reader.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { FakeLogReader } from '../../fakes/fake-log-reader.js';
import { until } from '../../until.js';

const line = (message: string, fields: object = {}): string =>
  JSON.stringify({ time: '2026-11-23T12:00:00.000Z', level: 'info', message, ...fields });

function withLogs(): { commands: ACommandLine; logs: FakeLogReader } {
  const logs = new FakeLogReader();
  const commands = new ACommandLine().with(LogReader, logs);
  commands.tables.cases.set('c1', aCase({ id: 'c1', folder: 'lung' }));
  for (const [beamNumber, attempt] of [
    [1, 3],
    [2, 1],
  ] as const) {
    const beam = aBeam({ beamNumber, attempt });
    commands.tables.beams.set(beam.id, beam);
  }
  logs.add({ kind: 'service' }, line('service started', { pid: 7 }));
  logs.add({ kind: 'case', caseId: 'c1' }, line('case registered'));
  logs.add(
    { kind: 'case', caseId: 'c1' },
    line('beam executed', { beamNumber: 1 }),
    line('beam executed', { beamNumber: 2 }),
  );
  logs.add({ kind: 'interpreter', caseId: 'c1', run: 1 }, 'beam 1', 'Patient \u202e');
  logs.add({ kind: 'engine', caseId: 'c1', run: 1, beamNumber: 1, attempt: 3 }, 'progress 40', 'bad \u001b[2J');
  return { commands, logs };
}

describe('mqi logs', () => {
  it("shows the service's log without opening the database", async () => {
    const { commands } = withLogs();
    const { exit, out } = await commands.type('logs');
    expect(exit).to.equal(0);
    expect(out).to.match(/^2026-11-2\d \d\d:\d\d:00 info {2}service started pid=7\n$/);
    expect(commands.database.opened).to.equal(0);
  });

  it("shows a case's log, or only the lines of one beam", async () => {
    const { commands } = withLogs();
    expect((await commands.type('logs', 'lung')).out.split('\n')).to.have.length(4);
    const { out } = await commands.type('logs', 'c1', '--beam', '2', '-n', '1');
    expect(out).to.contain('beamNumber=2').and.not.to.contain('beamNumber=1');
  });

  it('gives the lines as objects in one JSON document', async () => {
    const { out } = await withLogs().commands.type('logs', 'c1', '--json', '--lines', '2');
    const { lines } = JSON.parse(out) as { lines: { beamNumber: number }[] };
    expect(lines.map(({ beamNumber }) => beamNumber)).to.deep.equal([1, 2]);
  });

  it("shows what the site's own interpreter printed, made safe for the terminal", async () => {
    const { out } = await withLogs().commands.type('logs', 'c1', '--interpreter');
    expect(out).to.equal('beam 1\nPatient \\u202e\n');
  });

  it('shows what the engine printed in the newest attempt, made safe for the terminal', async () => {
    const { out } = await withLogs().commands.type('logs', 'c1', '--engine', '--beam', '1');
    expect(out).to.equal('progress 40\nbad \\u001b[2J\n');
  });

  it('follows until it is stopped', async () => {
    const { commands, logs } = withLogs();
    const stop = new AbortController();
    commands.signal = stop.signal;
    let seen = '';
    commands.onOut = (text) => (seen += text);
    const done = commands.type('logs', '-f');
    await until('the first line', () => seen.includes('service started'));
    logs.add({ kind: 'service' }, line('case registered'));
    await until('the next line', () => seen.includes('case registered'));
    stop.abort();
    expect((await done).exit).to.equal(0);
  });

  for (const [what, exit, ...argv] of [
    ['a beam without a case', 2, '--beam', '1'],
    ['an engine without a case', 2, '--engine'],
    ['an interpreter without a case', 2, '--interpreter'],
    ['an interpreter of one beam', 2, 'c1', '--interpreter', '--beam', '1'],
    ['an engine of one of several beams', 2, 'c1', '--engine'],
    ['a beam the case does not have', 2, 'c1', '--engine', '--beam', '9'],
    ['one JSON document without an end', 2, '-f', '--json'],
    ['a case that is not there', 3, 'zzz'],
  ] as const) {
    it(`ends with ${String(exit)} for ${what}`, async () => {
      const answer = await withLogs().commands.type('logs', ...argv);
      expect([answer.exit, answer.out]).to.deep.equal([exit, '']);
      expect(answer.err).to.match(/^mqi: [^\n]+; [^\n]+\n$/);
    });
  }
});

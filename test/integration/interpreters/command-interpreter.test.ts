import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { livingProcess } from '../../../src/adapters/hosts/proc-stat.js';
import { CommandInterpreter } from '../../../src/adapters/interpreters/command-interpreter.js';
import { PlanInterpreter } from '../../../src/adapters/interpreters/plan-interpreter.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { BeamInput } from '../../../src/domain/beam-input.js';
import { Folders } from '../../../src/domain/folders.js';
import type { Clock } from '../../../src/ports/clock.js';
import { aCase } from '../../builders/a-case.js';
import { aBeamModel } from '../../builders/a-pencil-beam-job.js';
import { anIonBeam, anIonPlan } from '../../builders/an-ion-plan.js';
import { FakeBeamModels } from '../../fakes/fake-beam-models.js';
import { SkippingClock } from '../../fakes/skipping-clock.js';
import { accepted } from '../../builders/an-accepted-case.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const never = new AbortController().signal;
const plan = anIonPlan({ beams: [anIonBeam({ beamNumber: 0 }), anIonBeam({ beamNumber: 12 })] });
const kase = aCase({ state: 'validated', folder: 'CASE {run}; $(touch broken)' });

const isRunning = (pid: number): boolean => livingProcess(pid) !== null;

type Change = (beam: BeamInput) => unknown;

describe("A site's own interpreter", () => {
  const temp = tempFolder();
  let folders: Folders;
  const workDir = (): string => folders.interpretation(kase);
  const file = (name: string): string => join(workDir(), name);
  beforeEach(() => {
    folders = new Folders(join(temp.path, 'root'), join(temp.path, 'inbox'));
  });

  function interpreter(argv: readonly string[], clock: Clock = new SystemClock()): CommandInterpreter {
    const scheduler = new DirectScheduler(new LocalHost(), clock, { pollMs: 50 });
    return new CommandInterpreter(scheduler, folders, { argv, timeoutMinutes: 5, maxLogMiB: 16 });
  }
  const node = (program: string, ...args: string[]): string[] => [process.execPath, '-e', program, ...args];

  const planned = (): Promise<readonly BeamInput[]> =>
    new PlanInterpreter(new FakeBeamModels([aBeamModel({ name: 'generic' })])).interpret(kase, plan);

  /** The program copies what lies ready under these names. */
  async function writing(change: Change = (beam) => beam, more: Readonly<Record<string, string>> = {}) {
    const ready = join(temp.path, 'ready');
    mkdirSync(ready);
    for (const beam of await planned()) {
      const changed = beam.beamNumber === 12 ? change(beam) : beam;
      if (changed === undefined) continue;
      const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
      writeFileSync(join(ready, `beam-${String(beam.beamNumber).padStart(3, '0')}.json`), text);
    }
    for (const [name, text] of Object.entries(more)) writeFileSync(join(ready, name), text);
    const copy = 'fs.cpSync(process.argv[1], process.argv[2], { recursive: true })';
    return interpreter(node(copy, ready, '{output}'));
  }

  it('gives the engine what the program wrote for each treatment beam', async () => {
    const program = await writing(undefined, { 'notes.txt': 'left alone' });
    expect(await program.interpret(kase, plan, accepted(), never)).to.deep.equal(await planned());
  });

  it('is told case, plan, folders, id and run as single arguments, whatever they hold, in its own folder', async () => {
    const tell = "fs.writeFileSync('told.json', JSON.stringify([process.cwd(), ...process.argv.slice(1)]));";
    const argv = node(tell, '--', '--in={case}', '{plan}', '{workDir}', '{output}', '{caseId}/{run}', '$HOME');
    await rejection(interpreter(argv).interpret(kase, plan, accepted(), never));
    expect(JSON.parse(readFileSync(file('told.json'), 'utf8'))).to.deep.equal([
      workDir(),
      `--in=${folders.dropped(kase)}`,
      folders.planCopy(kase),
      workDir(),
      file('output'),
      `${kase.id}/${String(kase.run)}`,
      '$HOME',
    ]);
    expect(existsSync(file('broken'))).to.equal(false);
  });

  it('has all it says in the log file of its folder, and none of it in the error', async () => {
    const argv = node("console.log('Doe^Jane'); console.error('oops'); process.exitCode = 3");
    const error = (await rejection(interpreter(argv).interpret(kase, plan, accepted(), never))) as Error;
    expect(error).to.include({ code: 'interpretation.failed', severity: 'transient' });
    expect(error.message).to.contain('exit code 3').and.not.to.contain('Doe');
    expect(readFileSync(file('engine.log'), 'utf8'))
      .to.contain('Doe^Jane')
      .and.to.contain('oops');
  });

  it('is held for a person when the program is not there', async () => {
    const error = await rejection(interpreter(['/no/such/program']).interpret(kase, plan, accepted(), never));
    expect(error).to.include({ code: 'interpretation.not-found', severity: 'operator' });
  });

  it('starts in a fresh folder: what an earlier try wrote does not count', async () => {
    mkdirSync(file('output'), { recursive: true });
    for (const beam of await planned()) {
      writeFileSync(file(`output/beam-${String(beam.beamNumber).padStart(3, '0')}.json`), JSON.stringify(beam));
    }
    const error = await rejection(interpreter(node('')).interpret(kase, plan, accepted(), never));
    expect(error).to.include({ code: 'interpretation.bad-output', severity: 'permanent' });
  });

  /** It ends by itself: no test leaves one behind. */
  const CHILD = ['sh', '-c', 'sleep 60 & echo "$$ $!" > pids.part; mv pids.part pids; wait'];
  const pids = (): number[] => readFileSync(file('pids'), 'utf8').split(' ').map(Number);

  it('is ended with all it started when its time is up', async () => {
    const clock = new SkippingClock();
    const running = rejection(interpreter(CHILD, clock).interpret(kase, plan, accepted(), never));
    await until('the program runs', () => existsSync(file('pids')));
    clock.skip(6 * 60_000);
    const error = await running;
    expect(error).to.include({ code: 'interpretation.failed', severity: 'transient' });
    expect((error as Error).message).to.contain('ran longer than');
    expect(pids().map(isRunning)).to.deep.equal([false, false]);
  });

  it('is ended when it writes without end; nothing of what it says is shown', async () => {
    const flood = interpreter(['sh', '-c', 'exec yes "Hong Gildong"']);
    const error = await rejection(flood.interpret(kase, plan, accepted(), never));
    expect(error).to.include({ code: 'interpretation.failed', severity: 'transient' });
    expect((error as Error).message)
      .to.contain('wrote more than 16 MiB of output')
      .and.not.contain('Hong');
    expect((error as Error).cause).to.equal(undefined);
  });

  it('is ended with all it started when the case is cancelled or the service stops', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const running = rejection(interpreter(CHILD).interpret(kase, plan, accepted(), cancel.signal));
    await until('the program runs', () => existsSync(file('pids')));
    cancel.abort(reason);
    expect(await running).to.equal(reason);
    expect(pids().map(isRunning)).to.deep.equal([false, false]);
  });

  it('of a service that was killed is ended before the next one starts it anew', async () => {
    const lost = new DirectScheduler(new LocalHost(), new SystemClock(), { pollMs: 50 });
    await lost.submit({ folder: workDir(), argv: CHILD, env: {}, gpuUuids: [] });
    await until('the program runs', () => existsSync(file('pids')));
    const old = pids();
    const program = await writing();
    await program.interpret(kase, plan, accepted(), never);
    expect(old.map(isRunning)).to.deep.equal([false, false]);
  });

  it('is not asked about a plan with an aperture, which no engine models', async () => {
    const aperture = anIonPlan({ beams: [anIonBeam({ unmodelled: ['aperture'] })] });
    const error = await rejection(interpreter(node('')).interpret(kase, aperture, accepted(), never));
    expect(error).to.include({ code: 'engine.unsupported', severity: 'input' });
    expect(existsSync(workDir())).to.equal(false);
  });

  const layer =
    (change: Partial<BeamInput['layers'][number]>): Change =>
    (beam) => ({
      ...beam,
      layers: beam.layers.map((one, i) => (i === 1 ? { ...one, ...change } : one)),
    });
  const bad: readonly (readonly [string, Change, string])[] = [
    ['a beam missing', () => undefined, 'beam-012.json is not there'],
    ['no JSON', () => '{"beamNumber": 12', 'beam-012.json is not JSON'],
    ['another case', (beam) => ({ ...beam, caseId: 'other' }), 'caseId'],
    ['another run', (beam) => ({ ...beam, run: beam.run + 1 }), 'run'],
    ["another beam's number", (beam) => ({ ...beam, beamNumber: 0 }), 'beamNumber'],
    ['another unit', (beam) => ({ ...beam, metersetUnit: 'NP' }), 'metersetUnit'],
    ['another patient position', (beam) => ({ ...beam, patientPosition: 'FFP' }), 'patientPosition'],
    ['another number of fractions', (beam) => ({ ...beam, fractionsPlanned: 1 }), 'fractionsPlanned'],
    ['a negative meterset', layer({ meterset: [25, -1] }), 'layers.1.meterset.1'],
    ['an infinite meterset', (beam) => JSON.stringify(beam).replace('"meterset":200', '"meterset":1e999'), 'meterset'],
    ['a meterset too few', layer({ meterset: [25] }), 'layers.1: xMm, yMm, meterset and protons'],
    ['protons that are not the sum', (beam) => ({ ...beam, protons: 2 * beam.protons }), 'protons is not the sum'],
    ['a key of its own', (beam) => ({ ...beam, 'Doe^Jane': 1 }), 'keys that docs/beam-input.schema.json does not know'],
  ];
  for (const [what, change, rule] of bad) {
    it(`is refused with ${what}, naming beam and rule`, async () => {
      const program = await writing(change);
      const error = (await rejection(program.interpret(kase, plan, accepted(), never))) as Error;
      expect(error).to.include({ code: 'interpretation.bad-output', severity: 'permanent' });
      expect(error.message).to.contain('beam 12: ').and.to.contain(rule).and.not.to.contain('Doe');
    });
  }

  it('is refused with a file for a beam that the plan does not have', async () => {
    const program = await writing(undefined, { 'beam-007.json': '{}' });
    const error = (await rejection(program.interpret(kase, plan, accepted(), never))) as Error;
    expect(error).to.include({ code: 'interpretation.bad-output' });
    expect(error.message).to.contain('beam 7 is no treatment beam of the plan');
  });

  it('is refused with a pipe in place of a file, without waiting at it', async () => {
    const argv = ['sh', '-c', 'mkfifo "$0/beam-000.json" "$0/beam-012.json"', '{output}'];
    const error = (await rejection(interpreter(argv).interpret(kase, plan, accepted(), never))) as Error;
    expect(error.message).to.contain('beam 0: beam-000.json is no file');
  });

  for (const [what, argv] of [
    ['no program', []],
    ['an unknown placeholder', ['run', '{input}']],
  ] as const) {
    it(`does not start the service with ${what}`, () => {
      expect(() => interpreter(argv))
        .to.throw('interpretation.command.argv')
        .with.property('severity', 'operator');
    });
  }
});

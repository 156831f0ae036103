import { expect } from 'chai';
import { operator, toCaseError, toFailure } from '../../../src/domain/errors.js';
import { cpuPlaceName, placeWithoutGpu } from '../../../src/domain/place-without-gpu.js';
import { simulationOutcome } from '../../../src/workflow/steps/simulation-outcome.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { aComparison, aDelivery } from '../../builders/a-delivery.js';
import { anAttempt } from '../../builders/an-attempt.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { aResource } from '../../builders/a-resource.js';
import { rejection } from '../../rejection.js';

interface Listed {
  readonly cases: readonly { readonly id: string }[];
}
const ids = (out: string): string[] => (JSON.parse(out) as Listed).cases.map(({ id }) => id);

function threeCases(): ACommandLine {
  const line = new ACommandLine();
  const { cases } = line.tables;
  cases.set('aaa1', aCase({ id: 'aaa1', folder: 'lung 1', state: 'completed', createdAt: line.now - 3 * 86_400_000 }));
  cases.set('aaa2', aCase({ id: 'aaa2', folder: 'lung 2', state: 'failed', createdAt: line.now - 3_600_000 }));
  cases.set('bbb1', aCase({ id: 'bbb1', folder: '환자 3', heldBecause: 'ask', createdAt: line.now - 60_000 }));
  return line;
}

describe('mqi cases', () => {
  it('prints one JSON document with the newest case first, and nothing else', async () => {
    const { exit, out, err } = await threeCases().type('cases', '--json');
    expect([exit, err]).to.deep.equal([0, '']);
    expect(ids(out)).to.deep.equal(['bbb1', 'aaa2', 'aaa1']);
  });

  it('prints an empty list, not nothing, where there are no cases', async () => {
    const { exit, out } = await new ACommandLine().type('cases', '--json');
    expect([exit, JSON.parse(out)]).to.deep.equal([0, { cases: [] }]);
  });

  it('names the inbox only where a case or folder came by one that has a name', async () => {
    const line = threeCases();
    expect((await line.type('cases')).out).not.to.contain('inbox');
    line.tables.cases.set('ccc1', aCase({ id: 'ccc1', inbox: 'research', folder: 'head' }));
    const arrival = { inbox: 'research', folder: 'lung', files: 1, bytes: 1, lastChangeAt: line.now };
    line.tables.arrivals = [arrival];
    const { out } = await line.type('cases');
    expect(out)
      .to.match(/^lung \(inbox research\): still copying/)
      .and.to.match(/^ID +INBOX +FOLDER/m);
    expect(out).to.match(/^ccc1 +research +head/m);
    expect((await line.type('case', 'ccc1')).out).to.match(/^inbox +research$/m);
    expect((await line.type('case', 'aaa1')).out).not.to.match(/^inbox/m);
  });

  it('tells of a folder that is still being copied, how much of it is there and when it last changed', async () => {
    const line = new ACommandLine();
    const lung = { inbox: '', folder: 'lung 4', files: 812, bytes: 3.1e9, lastChangeAt: line.now - 4_000 };
    line.tables.arrivals = [lung, { ...lung, folder: 'x\u001b[2J' }];
    const status = 'still copying, 812 files, 3.1 GB, last change 4 s ago';
    const { out } = await line.type('cases');
    expect(out).to.equal(`lung 4: ${status}\nx\\u001b[2J: ${status}\nno cases\n`);
    const json = JSON.parse((await line.type('cases', '--json', '--search', 'LUNG')).out) as { arriving: unknown };
    const lastChangeAt = '2026-11-23T11:59:56.000Z';
    expect(json.arriving).to.deep.equal([{ ...lung, status, lastChangeAt }]);
    expect(JSON.parse((await line.type('cases', '--json', '--state', 'failed')).out)).not.to.have.property('arriving');
  });

  for (const [what, argv, wanted] of [
    ['one state', ['--state', 'failed'], ['aaa2']],
    ['several states', ['--state', 'failed', '--state', 'completed'], ['aaa2', 'aaa1']],
    ['those since a while ago', ['--since', '2h'], ['bbb1', 'aaa2']],
    ['those since a time', ['--since', '2026-11-23T11:30:00Z'], ['bbb1']],
    ['a text in the folder name', ['--search', 'lung'], ['aaa2', 'aaa1']],
    ['at most so many', ['--limit', '1'], ['bbb1']],
    ['those held', ['--held'], ['bbb1']],
    ['those that wait', ['--waiting'], ['bbb1']],
  ] as const) {
    it(`lists ${what}`, async () => {
      const { out } = await threeCases().type('cases', '--json', ...argv);
      expect(ids(out)).to.deep.equal([...wanted]);
    });
  }

  it('prints an aligned table for people, with a hostile folder name made harmless', async () => {
    const line = threeCases();
    line.tables.cases.set('ccc1', aCase({ id: 'ccc1', folder: 'x\u001b[2J\ny', createdAt: line.now }));
    const { out } = await line.type('cases');
    const lines = out.trimEnd().split('\n');
    expect(lines).to.have.length(5);
    expect(lines[1]).to.contain('x\\u001b[2J\\u000ay');
    expect(out).not.to.contain('\u001b');
  });
});

describe('mqi case', () => {
  it('finds a case by the start of its id or of its folder name', async () => {
    const line = threeCases();
    for (const wanted of ['aaa2', 'bb', '환자', 'lung 2']) {
      expect((await line.type('case', wanted, '--json')).exit, wanted).to.equal(0);
    }
  });

  it('ends with 3 where there is no such case', async () => {
    const { exit, out, err } = await threeCases().type('case', 'zzz', '--json');
    expect([exit, out]).to.deep.equal([3, '']);
    expect(err).to.match(/^mqi: no case has an id or folder that starts with "zzz"; [^\n]+\n$/);
  });

  it('ends with 2 where the start fits several, naming them', async () => {
    const { exit, err } = await threeCases().type('case', 'aaa');
    expect(exit).to.equal(2);
    expect(err).to.contain('aaa1').and.to.contain('aaa2');
  });

  it('gives beams, attempts, moves and receipts in one JSON object', async () => {
    const line = threeCases();
    line.tables.beams.set('aaa2/1', aBeam({ caseId: 'aaa2' }));
    const { out } = await line.type('case', 'aaa2', '--json');
    const view = JSON.parse(out) as Record<string, unknown[]>;
    expect(view['id']).to.equal('aaa2');
    expect(view['beams']).to.have.length(1);
    for (const list of ['attempts', 'transitions', 'receipts']) expect(view[list]).to.be.an('array');
  });

  it('calls the last step deliver for people, as the page does, and upload in JSON', async () => {
    const line = threeCases();
    line.tables.attempts.push(anAttempt({ caseId: 'aaa1', step: 'upload', outcome: 'done', finishedAt: line.now }));
    expect((await line.type('case', 'aaa1')).out)
      .to.match(/^ *deliver /m)
      .and.not.to.contain('upload');
    const view = JSON.parse((await line.type('case', 'aaa1', '--json')).out) as { attempts: { step: string }[] };
    expect(view.attempts.map(({ step }) => step)).to.deep.equal(['upload']);
  });

  it('says why a case waits or is held once, not in every line of its head', async () => {
    const line = threeCases();
    const kase = line.tables.cases.get('bbb1')!;
    const error = toFailure(operator('slurm.refused', 'no such partition', { remedy: 'correct it' }));
    line.tables.cases.set('bbb1', { ...kase, error, heldBecause: 'no such partition; correct it' });
    const held = (await line.type('case', 'bbb1')).out;
    expect(held).to.contain('status    held: no such partition').and.to.contain('remedy    correct it');
    expect(held).not.to.contain('waits for');
    expect(held).to.match(/^error {5}slurm\.refused$/m);
    line.tables.cases.set('bbb1', { ...kase, heldBecause: null, waitingFor: 'a complete CT: 3 of 4 slices' });
    const waiting = (await line.type('case', 'bbb1')).out;
    expect(waiting).to.contain('status    waiting for a complete CT').and.not.to.contain('waits for');
  });

  it('says once what stops several beams and has held the case: in its head, and by its code below', async () => {
    const line = threeCases();
    const failure = operator('engine.not-found', 'there is no program moqui', {
      remedy: 'install it, then: mqi resume ID',
    });
    const ends = [1, 2].map((beamNumber) => ({ how: 'failed', beamNumber, error: failure }) as const);
    const error = toFailure(
      toCaseError(await rejection(Promise.resolve().then(() => simulationOutcome(ends, line.now)))),
    );
    const kase = line.tables.cases.get('bbb1')!;
    line.tables.cases.set('bbb1', { ...kase, error, heldBecause: `${error.message}; ${error.remedy}` });
    for (const beamNumber of [1, 2]) {
      const beam = aBeam({ caseId: 'bbb1', beamNumber, error: toFailure(failure) });
      line.tables.beams.set(beam.id, beam);
      for (const attempt of [1, 2])
        line.tables.attempts.push(
          anAttempt({
            caseId: 'bbb1',
            step: 'simulate',
            beamNumber,
            attempt,
            outcome: 'held',
            error: toFailure(failure),
          }),
        );
    }
    line.tables.attempts.push(anAttempt({ caseId: 'bbb1', step: 'simulate', outcome: 'held', error }));
    const { out } = await line.type('case', 'bbb1');
    expect(out).to.contain('status    held: 0 of 2 beams done; beams 1, 2: there is no program moqui\n');
    expect(out.match(/there is no program moqui/g)).to.have.length(1);
    expect(out.match(/install it/g)).to.have.length(1);
    expect(out.match(/engine\.not-found/g), 'head, beams and tries').to.have.length(1 + 2 + 5);
  });

  it('shows people the beams and why the case waits', async () => {
    const line = threeCases();
    line.tables.beams.set('bbb1/1', aBeam({ caseId: 'bbb1', name: 'RPO', gantryAngleDeg: 225 }));
    const { out } = await line.type('case', 'bbb1');
    expect(out)
      .to.contain('status    held: ask')
      .and.to.match(/RPO +G1 +225°/)
      .and.not.to.contain('waits for');
  });
});

describe('mqi case, of a case with delivery logs', () => {
  const recorded = (id: number, change: Parameters<typeof aDelivery>[0]) => ({
    id,
    ...aDelivery({ caseId: 'aaa1', ...change }),
  });
  function withLogs(): ACommandLine {
    const line = threeCases();
    const { beams, deliveries } = line.tables;
    beams.set('aaa1/1', aBeam({ caseId: 'aaa1', layers: 2, meterset: 20 }));
    deliveries.set(1, recorded(1, { comparison: aComparison() }));
    const problem = 'PlanRange.txt: is \u001b[2J missing';
    deliveries.set(2, recorded(2, { folder: 'b', fraction: 2, fractionStatus: 'partial', problem }));
    return line;
  }

  it('shows people planned against delivered of each beam and fraction, and where the report is', async () => {
    const { out } = await withLogs().type('case', 'aaa1');
    expect(out).to.match(/1 +complete +1 +1\/2 +0\.250 +0\.500 +1\.000 +-50\.00 +2\n/);
    expect(out).to.contain('PlanRange.txt: is \\u001b[2J missing').and.not.to.contain('\u001b');
    expect(out).to.contain('report    work/aaa1/1/delivery-report.csv');
  });

  it('gives the same as deliveries in the JSON object, and no such lines where a case has no logs', async () => {
    const { deliveries } = JSON.parse((await withLogs().type('case', 'aaa1', '--json')).out) as {
      deliveries: readonly object[];
    };
    expect(deliveries).to.have.length(2);
    expect(deliveries[0]).to.include({ fraction: 1, beamNumber: 1, positionMaxMm: 1, metersetDifferencePercent: -50 });
    expect((await threeCases().type('case', 'aaa1')).out).not.to.match(/planned against|report/);
  });

  it('says whose doses stand, with their receipts, where only further deliveries were compared', async () => {
    const line = withLogs();
    line.tables.cases.set(
      'aaa9',
      aCase({ id: 'aaa9', folder: 'lung 1', run: 2, state: 'completed', resultsOf: 'aaa1' }),
    );
    line.tables.receipts.set('r', aReceipt({ caseId: 'aaa1', status: 'delivered' }));
    expect((await line.type('case', 'aaa9')).out).to.contain('doses     of case aaa1');
    const view = JSON.parse((await line.type('case', 'aaa9', '--json')).out) as {
      receipts: object[];
      resultsOf: string;
    };
    expect([view.resultsOf, view.receipts.length]).to.deep.equal(['aaa1', 1]);
  });
});

describe('mqi gpus', () => {
  it('shows what runs where', async () => {
    const line = threeCases();
    line.tables.resources.set('local/GPU-1', aResource());
    line.tables.beams.set(
      'aaa2/1',
      aBeam({ caseId: 'aaa2', state: 'submitted', resourceId: 'local/GPU-1', progress: 40 }),
    );
    const { out } = await line.type('gpus', '--json');
    const { gpus } = JSON.parse(out) as { gpus: { id: string; beams: unknown }[] };
    expect(gpus.map(({ id }) => id)).to.deep.equal(['local/GPU-1']);
    expect(gpus[0]?.beams).to.deep.equal([{ caseId: 'aaa2', beamNumber: 1, progress: 40 }]);
    expect((await line.type('gpus')).out)
      .to.contain('310/24564')
      .and.to.contain('aaa2 beam 1 (40 %)');
  });

  it('shows who computes beside a job of ours, as far as that is known', async () => {
    const line = threeCases();
    const processes = [
      { pid: 11, memoryMiB: 900, ours: true },
      { pid: 12, memoryMiB: 80, ours: false },
    ];
    line.tables.resources.set('local/GPU-1', aResource({ processes }));
    const { gpus } = JSON.parse((await line.type('gpus', '--json')).out) as { gpus: unknown[] };
    expect(gpus[0]).to.deep.include({
      strangers: [12],
      processes: processes.map(({ pid, memoryMiB }) => ({ pid, memoryMiB })),
    });
    expect((await line.type('gpus')).out).to.contain('beside it another program, pid 12');
  });

  it('says that the CPU of a far host is used, and why: it may have GPUs whose tool is only not found', async () => {
    const line = threeCases();
    for (const n of [0, 1]) {
      const why = 'no nvidia-smi or rocm-smi is found there';
      const place = placeWithoutGpu('far', `cpu-${String(n)}`, cpuPlaceName(n + 1, 2, why), 0);
      line.tables.resources.set(place.id, { ...aResource(), ...place });
    }
    const { out } = await line.type('gpus');
    expect(out.split('\n').filter((text) => text.includes('nvidia-smi'))).to.deep.equal([
      'host far: no nvidia-smi or rocm-smi is found there, so its CPU is used (with GPUs: execution.hosts[].gpuTool)',
    ]);
    expect(out).to.contain('CPU place 2 of 2  ');
  });
});

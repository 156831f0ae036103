import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import type { BeamInput } from '../../src/domain/beam-input.js';
import type { CaseView } from '../../src/workflow/case-view.js';
import { A_CALIBRATED_MACHINE } from '../builders/a-machine.js';
import { Service } from './service.js';

const waits = ({ waitingFor }: CaseView): boolean => waitingFor !== null;
const DELIVERY = /^\d{16}$/;

describe('cases with delivery logs, dropped into the running service', function () {
  this.timeout(120_000);
  const service = new Service({
    intake: { quietSeconds: 0.5, pollSeconds: 1, incompleteHours: 20 / 3600 },
    machines: [A_CALIBRATED_MACHINE],
  });
  const aside = join(service.place, 'aside');
  let seed = 0;

  /** Made beside the inbox, changed there, and then renamed in: nothing is seen half. */
  const make = async (name: string, change: (made: string, deliveries: readonly string[]) => void): Promise<void> => {
    seed += 1;
    const made = join(service.place, name);
    const wanted = { beams: 2, layers: 3, spotsPerLayer: 9, withCt: false, withDeliveryLogs: true, seed };
    await new SyntheticCaseMaker().make(made, wanted);
    change(
      made,
      readdirSync(made)
        .filter((entry) => DELIVERY.test(entry))
        .sort(),
    );
    renameSync(made, join(service.inbox, name));
  };
  const remarks = async ({ id }: CaseView): Promise<string> =>
    (await service.case(id)).transitions.map(({ reason }) => reason).join('\n');

  before(async () => {
    await make('short', (made, [, second]) => {
      renameSync(join(made, second!), aside);
    });
    await make('whole', () => undefined);
    await make('damaged', (made, [first, second]) => {
      rmSync(join(made, second!, '02_0002_001_002_002.ptn'));
      writeFileSync(join(made, first!, 'PlanRange.txt'), 'cut');
    });
    await make('stranger', (made, deliveries) => {
      for (const name of deliveries) {
        const info = join(made, name, 'PlanInfo.txt');
        writeFileSync(info, readFileSync(info, 'latin1').replace(/(DICOM_PATIENT_ID),.*/, '$1,SECRET-77'));
      }
    });
    service.start();
  });
  after(() => service.end());

  it('one without the logs of a beam waits for them by beam, in the words a physicist reads, and goes on when they come', async () => {
    const waiting = (await service.untilCases('it waits', ['short'], waits)).get('short')!;
    expect(waiting).to.include({ state: 'registered', waitingFor: '1 of 2 beams have logs, beam 2 (G90) missing' });
    cpSync(aside, join(service.inbox, 'short', 'logs of today'), { recursive: true });
    const kase = (await service.untilEnded(['short'])).get('short')!;
    expect(kase).to.include({ state: 'completed', run: 1 });
  });

  it('a whole one is calculated from what was delivered', async () => {
    const kase = (await service.untilEnded(['whole'])).get('whole')!;
    expect(kase.state).to.equal('completed');
    for (const name of ['RD.001.dcm', 'RD.plan.dcm']) {
      const dose = readFileSync(join(service.outbox, 'whole', name), 'latin1');
      expect(dose).to.contain('per fraction; as delivered; ');
      expect(dose).to.contain('as delivered: spots from the delivery logs of 2025-04-24 14:40:08');
    }
    expect(await remarks(kase)).to.contain('calculated from delivery logs: fraction 1 (2025-04-24 14:40:08)');
    const path = join(service.root, 'work', kase.id, '1', 'beam-001', 'beam.json');
    const beam = JSON.parse(readFileSync(path, 'utf8')) as BeamInput;
    const [planned] = (await service.case(kase.id)).beams;
    expect(beam.meterset).to.be.closeTo(planned!.meterset, 0.1).and.not.equal(planned!.meterset);
  });

  it('one with a layer file missing and a damaged one is rejected after the limit, with the same words', async () => {
    const kase = (await service.untilEnded(['damaged'])).get('damaged')!;
    expect(kase).to.include({ state: 'rejected' });
    expect(kase.error).to.include({ code: 'delivery.incomplete-timeout' });
    expect(kase.error?.message).to.contain('beam 1: PlanRange.txt: has no row for any layer');
    expect(kase.error?.message).to.contain('beam 2: 2 of 3 layer files are there, layer 2 missing');
  });

  it('one with the logs of another patient is rejected, and its ID is nowhere', async () => {
    const kase = (await service.untilEnded(['stranger'])).get('stranger')!;
    expect(kase).to.include({ state: 'rejected' });
    expect(kase.error).to.include({ code: 'delivery.patient-mismatch', severity: 'input' });
    const logs = [
      join(service.root, 'logs', 'mqi.log'),
      ...readdirSync(join(service.root, 'logs', 'cases')).map((name) => join(service.root, 'logs', 'cases', name)),
    ].map((path) => readFileSync(path, 'utf8'));
    const told = [...logs, service.output(), JSON.stringify(await service.case(kase.id))].join('\n');
    expect(told)
      .to.contain('delivery.patient-mismatch')
      .and.not.match(/SECRET-77|SYNTHETIC-\d/);
  });
});

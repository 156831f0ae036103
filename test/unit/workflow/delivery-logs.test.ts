import { join } from 'node:path';
import { expect } from 'chai';
import { SettingsSchema } from '../../../src/config/settings.js';
import { Folders } from '../../../src/domain/folders.js';
import type { FoundDelivery } from '../../../src/domain/found-delivery.js';
import { DeliveryLogs } from '../../../src/workflow/delivery-logs.js';
import { aCase } from '../../builders/a-case.js';
import { aFoundDelivery } from '../../builders/a-found-delivery.js';
import { A_CALIBRATED_MACHINE } from '../../builders/a-machine.js';
import { anInventory } from '../../builders/an-inventory.js';
import { anIonBeam, anIonPlan } from '../../builders/an-ion-plan.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeDeliveryReader } from '../../fakes/fake-delivery-reader.js';
import { rejection } from '../../rejection.js';

const WITH_LOGS = ['2025042414400800/PlanInfo.txt', '2025042414400800/PlanRange.txt'];
const UNCALIBRATED = { ...A_CALIBRATED_MACHINE, calibration: null };

describe('Delivery logs in validation', () => {
  const never = new AbortController().signal;
  const decide = (
    kind: string,
    notDicom: readonly string[],
    machines: readonly unknown[] = [A_CALIBRATED_MACHINE],
    found: readonly FoundDelivery[] = [aFoundDelivery()],
    beams = [anIonBeam()],
  ) => {
    const settings = SettingsSchema.parse({ interpretation: { kind, command: { argv: ['x'] } }, machines });
    const reader = new FakeDeliveryReader(found);
    const logs = new DeliveryLogs(
      reader,
      new FakeClock(),
      settings,
      new Folders(join('/', 'root'), join('/', 'inbox')),
    );
    return logs.accept(aCase(), anInventory({ notDicom }), anIonPlan({ beams }), never);
  };
  const fromPlan = { do: 'accept', deliveries: [], referenceFraction: null };

  it('auto: a case without logs is calculated from its plan', async () => {
    expect(await decide('auto', ['readme.txt'])).to.deep.equal({ ...fromPlan, remarks: [] });
  });

  it('auto: a case with logs is calculated from them where its machine has a calibration', async () => {
    const decided = await decide('auto', WITH_LOGS);
    expect(decided).to.deep.include({ do: 'accept', referenceFraction: 1 });
    expect(decided).to.have.property('remarks').that.includes('delivered on gantry 1');
  });

  it('auto: where no machine has a calibration, the plan is used, and it is said', async () => {
    expect(await decide('auto', WITH_LOGS, [UNCALIBRATED])).to.deep.equal({
      ...fromPlan,
      remarks: [
        'calculated from the plan: 1 folder of delivery logs not used, since no machine has a calibration (machines[].calibration)',
      ],
    });
  });

  it('auto: where other machines have a calibration, its own was forgotten: an operator is asked', async () => {
    const machines = [
      { ...UNCALIBRATED, pattern: 'TR1' },
      { ...A_CALIBRATED_MACHINE, pattern: 'G2' },
    ];
    const error = await rejection(decide('auto', WITH_LOGS, machines));
    expect(error).to.include({ code: 'delivery.no-calibration', severity: 'operator' });
    expect(error).to.have.property('message').that.contains('machines entry TR1');
    expect(error).to.have.property('remedy').that.contains('machines[].calibration');
  });

  it('shi-log: a case without any logs waits for them', async () => {
    const beams = [1, 2, 3].map((beamNumber) => anIonBeam({ beamNumber }));
    expect(await decide('shi-log', [], undefined, [], beams)).to.deep.equal({
      do: 'wait',
      waitingFor: 'delivery logs of 3 beams',
    });
  });

  it('shi-log: without a calibration an operator is asked, also where no entry fits the machine', async () => {
    for (const machines of [[UNCALIBRATED], []]) {
      const error = await rejection(decide('shi-log', WITH_LOGS, machines));
      expect(error).to.include({ code: 'delivery.no-calibration', severity: 'operator' });
      expect(error).to.have.property('message').that.does.not.contain('TR1:');
    }
  });

  it('plan: logs are left alone, and it is said', async () => {
    const decided = await decide('plan', WITH_LOGS);
    expect(decided).to.have.deep.property('remarks', [
      'calculated from the plan: 1 folder of delivery logs not used, since interpretation.kind is plan',
    ]);
    expect(await decide('plan', [])).to.deep.equal({ ...fromPlan, remarks: [] });
  });

  it('command: logs are the business of the program', async () => {
    expect(await decide('command', WITH_LOGS)).to.deep.equal({ ...fromPlan, remarks: [] });
  });

  it('refuses logs of a plan whose beams are of different machines', async () => {
    const beams = [anIonBeam(), anIonBeam({ beamNumber: 2, machine: 'X' })];
    const error = await rejection(decide('auto', WITH_LOGS, undefined, undefined, beams));
    expect(error).to.include({ code: 'plan.machines-differ', severity: 'input' });
  });

  it('says that meterset is scaled to the plan where the counts per MU are not known', async () => {
    const { calibration } = A_CALIBRATED_MACHINE;
    const machine = { ...A_CALIBRATED_MACHINE, calibration: { ...calibration, countsPerMu: null } };
    const decided = await decide('auto', WITH_LOGS, [machine]);
    expect(decided.do === 'accept' && decided.remarks.at(-1)).to.match(/^delivered meterset scaled to the plan: /);
  });

  it('takes the hour of a fraction by the wall clock, in the zone of this computer', async () => {
    const clock = new FakeClock(Date.parse('2025-04-24T15:00:00')); // by the wall clock, whatever the zone
    const settings = SettingsSchema.parse({ machines: [A_CALIBRATED_MACHINE] });
    const again = aFoundDelivery({}, 2 * 24 * 60);
    const reader = new FakeDeliveryReader([aFoundDelivery({ stopLayer: 1 }), again]);
    const logs = new DeliveryLogs(reader, clock, settings, new Folders('/root', '/inbox'));
    const inventory = anInventory({ notDicom: [...WITH_LOGS, `${again.folder}/PlanInfo.txt`] });
    const statusAt = async (): Promise<unknown> => {
      const decided = await logs.accept(aCase(), inventory, anIonPlan(), never);
      return decided.do === 'accept' && decided.deliveries[0]?.fractionStatus;
    };
    expect(await statusAt()).to.equal('pending');
    await clock.advance(3_600_000);
    expect(await statusAt()).to.equal('partial');
  });
});

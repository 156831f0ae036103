import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { dicomFile } from '../builders/dicom-bytes.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { Service } from './service.js';

describe('control files dropped into a case folder of the running service', function () {
  this.timeout(60_000);
  // No engine is ever started: validation waits for a CT that does not come.
  const service = new Service({ geometry: { kind: 'ct' } });

  before(() => {
    mkdirSync(join(service.inbox, 'case'));
    writeFileSync(join(service.inbox, 'case', 'RN.dcm'), dicomFile(rawIonPlan()));
    service.start();
  });
  after(() => service.end());

  it('hold, let go on and cancel the case, once each, also across a restart', async () => {
    await service.untilCases('it waits', ['case'], ({ waitingFor }) => waitingFor !== null);
    writeFileSync(join(service.inbox, 'case', 'MQI_HOLD'), '');
    await service.untilCases('it is held', ['case'], ({ status }) => status.includes('MQI_HOLD'));
    writeFileSync(join(service.inbox, 'case', 'MQI_RETRY'), '');
    await service.untilCases('it goes on', ['case'], ({ status }) => !status.includes('MQI_HOLD'));
    expect(await service.stop()).to.equal(0);
    service.start();
    writeFileSync(join(service.inbox, 'case', 'MQI_CANCEL'), '');
    const [kase] = [...(await service.untilEnded(['case'])).values()];
    const { transitions, run } = await service.case(kase?.id ?? '');
    const asked = transitions.filter(({ actor }) => actor === 'control-file').map(({ event }) => event);
    expect(asked).to.deep.equal(['hold', 'retry', 'cancel']);
    expect(run).to.equal(1);
  });
});

import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { dicomFile } from '../builders/dicom-bytes.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { until } from '../until.js';
import { Service } from './service.js';

describe('control files dropped into a case folder of the running service', function () {
  this.timeout(60_000);
  // No engine is ever started: validation waits for a CT that does not come.
  const service = new Service({ geometry: { kind: 'ct' } });

  before(async () => {
    mkdirSync(join(service.inbox, 'case'));
    writeFileSync(join(service.inbox, 'case', 'RN.dcm'), dicomFile(rawIonPlan()));
    const ours = process.umask(0o022);
    service.start();
    process.umask(ours);
    // Whoever asks for cases before would make the database, as one whose umask is ours.
    await until('the service has begun', () => service.output().includes('service started'), 30_000);
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

  it('lie among files that others on the machine cannot read, though the service was started with umask 022', async () => {
    const made = ['mqi.sqlite', 'logs', join('logs', 'mqi.log'), join('logs', 'cases'), 'audit-anchors'];
    const open = made.filter((path) => (statSync(join(service.root, path)).mode & 0o007) !== 0);
    expect(open).to.deep.equal([]);
    expect(await service.stop()).to.equal(0);
  });
});

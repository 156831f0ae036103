import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CaseView } from '../../src/workflow/case-view.js';
import { dicomFile } from '../builders/dicom-bytes.js';
import { rawCtSlice } from '../builders/raw-ct-slice.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { Service } from './service.js';

const waitsForSlices = ({ waitingFor }: CaseView): boolean => waitingFor?.includes('slices') ?? false;

describe('the identity of cases, in the running service', function () {
  this.timeout(120_000);
  const service = new Service({ intake: { quietSeconds: 0.5, pollSeconds: 1 } });
  const slice = (folder: string, z: number): void => {
    writeFileSync(join(service.inbox, folder, `CT.${String(z)}.dcm`), dicomFile(rawCtSlice({ z })));
  };

  before(() => {
    mkdirSync(join(service.inbox, 'first name'));
    writeFileSync(join(service.inbox, 'first name', 'RN.dcm'), dicomFile(rawIonPlan()));
    for (const z of [0, 2, 4, 8, 10]) slice('first name', z);
    service.start();
  });
  after(() => service.end());

  it('a waiting case that is renamed gives way, the new one takes the last slice as its first run, a copy says of whom', async () => {
    await service.untilCases('it waits', ['first name'], waitsForSlices);
    renameSync(join(service.inbox, 'first name'), join(service.inbox, 'second name'));
    await service.untilCases('it waits', ['second name'], waitsForSlices);
    const former = (await service.untilEnded(['first name'])).get('first name')!;
    expect(former.state).to.equal('cancelled');
    slice('second name', 6);
    const kase = (await service.untilEnded(['second name'])).get('second name')!;
    expect(kase).to.include({ state: 'completed', run: 1, duplicateOf: null });
    const { transitions } = await service.case(kase.id);
    expect(transitions.map(({ event }) => event).slice(0, 3)).to.deep.equal(['register', 'change', 'advance']);
    expect((await service.case(former.id)).transitions.at(-1)?.reason).to.contain(kase.id);

    mkdirSync(join(service.inbox, 'copy'));
    writeFileSync(join(service.inbox, 'copy', 'RN.dcm'), dicomFile(rawIonPlan()));
    const copy = (await service.untilEnded(['copy'])).get('copy')!;
    expect(copy).to.include({ state: 'completed', duplicateOf: kase.id });
    const history = (await service.case(copy.id)).transitions;
    expect(history.map(({ reason }) => reason).join()).to.contain(`same plan as case ${kase.id}`);
  });
});

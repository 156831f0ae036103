import { expect } from 'chai';
import { acceptDeliveries } from '../../../src/domain/delivery-acceptance.js';
import { deliveryFolders } from '../../../src/domain/delivery-folders.js';
import { CaseError } from '../../../src/domain/errors.js';
import type { FoundDelivery } from '../../../src/domain/found-delivery.js';
import { aFoundDelivery, anUnreadableDelivery, FIRST_START } from '../../builders/a-found-delivery.js';
import { anInventory } from '../../builders/an-inventory.js';
import { anIonBeam, anIonPlan } from '../../builders/an-ion-plan.js';

const DAY = 24 * 60;
const plan = anIonPlan({
  beams: [
    anIonBeam(),
    anIonBeam({ beamNumber: 2, gantryAngleDeg: 0 }),
    anIonBeam({ beamNumber: 3, gantryAngleDeg: 270 }),
  ],
});
const LATER = FIRST_START + 30 * DAY * 60_000;
const all = (start = 0, more: readonly FoundDelivery[] = []): readonly FoundDelivery[] => [
  ...[1, 2, 3].map((beamNumber) => aFoundDelivery({ beamNumber }, start + beamNumber)),
  ...more,
];
const accept = (found: readonly FoundDelivery[]) => acceptDeliveries(found, plan, LATER);
const waitingFor = (found: readonly FoundDelivery[]): string => {
  const acceptance = accept(found);
  expect(acceptance.do).to.equal('wait');
  return acceptance.do === 'wait' ? acceptance.waitingFor : '';
};
const refused = (found: readonly FoundDelivery[]): CaseError => {
  try {
    accept(found);
  } catch (error) {
    expect(error).to.be.instanceOf(CaseError).with.property('severity', 'input');
    return error as CaseError;
  }
  throw new Error('it was not refused');
};

describe('Delivery logs of a case', () => {
  it('are accepted when every treatment beam was delivered whole in one fraction', () => {
    const acceptance = accept(all());
    expect(acceptance).to.deep.include({ do: 'accept', referenceFraction: 1 });
    expect(acceptance).to.have.deep.nested.property('deliveries[0]', {
      folder: '2025042414410800',
      beamNumber: 1,
      startedAt: FIRST_START + 60_000,
      startLayer: 1,
      stopLayer: 2,
      fraction: 1,
      fractionStatus: 'complete',
    });
    expect(acceptance).to.have.deep.property('remarks', [
      'calculated from delivery logs: fraction 1 (2025-04-24 14:41:08): 3 of 3 beams have logs',
    ]);
    expect(JSON.stringify(acceptance)).not.to.contain('PID-1');
  });

  it('are waited for while a beam is missing, by number and gantry angle', () => {
    expect(waitingFor(all().slice(0, 2))).to.equal('2 of 3 beams have logs, beam 3 (G270) missing');
  });

  it('are waited for while layer files are missing, by beam and layer', () => {
    const found = aFoundDelivery({ beamNumber: 2 }, 2, { missingLayers: [2] });
    expect(waitingFor([...all().filter(({ header }) => header?.beamNumber !== 2), found])).to.equal(
      'beam 2: 1 of 2 layer files are there, layer 2 missing',
    );
  });

  it('are waited for while a file is damaged, which may still be copied, by beam and file', () => {
    const problems = ['02_0001_001_001_001.ptn: 7 bytes are not whole rows of 16: the file is cut off'];
    const found = aFoundDelivery({ beamNumber: 2 }, 2, { problems });
    expect(waitingFor([...all().filter(({ header }) => header?.beamNumber !== 2), found])).to.equal(
      `beam 2: ${problems[0]!}`,
    );
  });

  it('are waited for while a PlanInfo cannot be read, even beside a complete fraction: nobody knows whose it is', () => {
    const damaged = anUnreadableDelivery('logs/2025042515000000', 'PlanInfo.txt: is missing');
    expect(waitingFor(all(0, [damaged]))).to.equal('delivery 2025042515000000: PlanInfo.txt: is missing');
    expect(waitingFor([damaged])).to.equal(
      'delivery logs of 3 beams; delivery 2025042515000000: PlanInfo.txt: is missing',
    );
  });

  it('never show a folder’s name that is no moment', () => {
    const damaged = anUnreadableDelivery('Doe John 2025042515000000 x', 'PlanInfo.txt: is missing');
    expect(waitingFor(all(0, [damaged]))).to.equal('a delivery folder: PlanInfo.txt: is missing');
  });

  it('are waited for while a beam was interrupted and not resumed; resumed, its parts are one delivery', () => {
    const first = aFoundDelivery({ beamNumber: 2, stopLayer: 1 }, 2);
    const others = all().filter(({ header }) => header?.beamNumber !== 2);
    expect(waitingFor([...others, first])).to.equal(
      '3 of 3 beams have logs, beam 2 interrupted, 1 of 2 layers delivered',
    );
    const second = aFoundDelivery({ beamNumber: 2, startLayer: 2 }, 20);
    const acceptance = accept([...others, first, second]);
    expect(acceptance).to.have.property('do', 'accept');
    expect(acceptance).to.have.property('deliveries').with.length(4);
    expect(acceptance).to.have.nested.property('remarks[0]').that.contains('beam 2 interrupted and resumed');
  });

  it('say what is odd of an anomalous fraction: a beam given twice, a beam the plan does not have', () => {
    expect(waitingFor(all(0, [aFoundDelivery({ beamNumber: 3 }, 10)]))).to.equal(
      'the fraction is anomalous: 3 of 3 beams have logs, beam 3 delivered 2 times',
    );
    expect(waitingFor(all(0, [aFoundDelivery({ beamNumber: 9 }, 10)]))).to.equal(
      'the fraction is anomalous: 3 of 3 beams have logs, beam 9 has logs but is no treatment beam of the plan',
    );
  });

  it('of several fractions: the earliest complete one is calculated, the others are kept and said', () => {
    const partial = aFoundDelivery({ beamNumber: 1 }, -2 * DAY, { problems: ['PlanRange.txt: is missing'] });
    const acceptance = accept([partial, ...all(DAY), ...all()]);
    expect(acceptance).to.have.property('referenceFraction', 2);
    expect(acceptance).to.have.property('deliveries').with.length(7);
    expect(acceptance).to.have.deep.property('remarks', [
      'calculated from delivery logs: fraction 2 (2025-04-24 14:41:08): 3 of 3 beams have logs',
      'not calculated: fraction 1 (2025-04-22 14:40:08): 1 of 3 beams have logs, beam 2 (G0) missing, beam 3 (G270) missing',
      'not calculated: fraction 3 (2025-04-25 14:41:08): 3 of 3 beams have logs',
      'damaged logs of fractions that are not calculated: beam 1: PlanRange.txt: is missing',
    ]);
  });

  it('of several fractions without a complete one: each is told', () => {
    const words = waitingFor([aFoundDelivery({}, 0), aFoundDelivery({ beamNumber: 2 }, DAY)]);
    expect(words).to.match(/^no fraction is complete: fraction 1 \(2025-04-24 14:40:08\): 1 of 3 .*; fraction 2 /);
  });

  it('of another patient are refused without showing any identifier', () => {
    const error = refused(all().map((one) => ({ ...one, header: { ...one.header!, patientId: 'SECRET-2' } })));
    expect(error.code).to.equal('delivery.patient-mismatch');
    expect(error.message).to.contain('beam 1 of 2025-04-24 14:41:08');
    expect(error.message + error.remedy).to.not.match(/SECRET|PID/);
  });

  it('are the plan’s also with blanks around the patient ID', () => {
    const found = all().map((one) => ({ ...one, header: { ...one.header!, patientId: ' PID-1 ' } }));
    expect(accept(found)).to.have.property('do', 'accept');
  });

  it('with other energies than the plan’s are refused, naming beam, layer and both energies', () => {
    const found = aFoundDelivery({ beamNumber: 2 }, 2);
    const layers = found.layers.map((layer) => ({
      ...layer,
      energyMeV: layer.energyMeV + (layer.layerNumber - 1) * 0.6,
    }));
    const error = refused([...all().filter(({ header }) => header?.beamNumber !== 2), { ...found, layers }]);
    expect(error.code).to.equal('delivery.energy-mismatch');
    expect(error.message).to.equal('beam 2: layer 2 was delivered at 140.6 MeV, but the plan has 140 MeV');
  });

  it('name at most five of what is missing', () => {
    const found = aFoundDelivery({ beamNumber: 2 }, 2, { problems: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
    expect(waitingFor([...all().filter(({ header }) => header?.beamNumber !== 2), found])).to.match(/and 2 more$/);
  });
});

describe('Folders of delivery logs', () => {
  it('are those with PlanInfo, PlanRange or .ptn files, anywhere and in any case of letters', () => {
    const inventory = anInventory({
      notDicom: ['a/PLANINFO.TXT', 'a/x.ptn', 'b/c/planrange.CSV', 'notes/plan.txt', 'PlanInfo.txt', 'MyPlanInfo.txt'],
      unreadable: [{ path: 'd/PlanInfo.txt', reason: 'a symbolic link' }],
    });
    expect(deliveryFolders(inventory)).to.deep.equal(['', 'a', 'b/c', 'd']);
    expect(deliveryFolders(anInventory({ notDicom: ['readme.txt'] }))).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import type { Delivery } from '../../../src/domain/delivery.js';
import { deliveryViews, reportPath } from '../../../src/workflow/delivery-view.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aComparison, aDelivery } from '../../builders/a-delivery.js';

let id = 0;
const row = (change: Parameters<typeof aDelivery>[0] = {}): Delivery => ({ id: (id += 1), ...aDelivery(change) });
const beams = [aBeam({ beamNumber: 1, layers: 2, meterset: 20 })];

describe('deliveries as people see them', () => {
  it('are one line for each beam and fraction: layers, missing ones, position, and MU against the whole beam’s', () => {
    const [view, ...more] = deliveryViews([row({ comparison: aComparison() })], beams);
    expect(more).to.deep.equal([]);
    expect(view).to.deep.include({
      fraction: 1,
      beamNumber: 1,
      layersDelivered: 1,
      layersPlanned: 2,
      missingLayers: [2],
    });
    expect(view).to.include({ positionMeanMm: 0.25, positionSigmaMm: 0.5, positionMaxMm: 1 });
    // Half of the beam was delivered: the layer that is missing counts.
    expect(view).to.include({ metersetPlanned: 20, metersetDelivered: 10, metersetDifferencePercent: -50 });
    expect(view).to.include({ startedAt: '2025-04-24T14:40:08', problem: null });
  });

  it('put the folders of a beam that was interrupted and resumed on one line', () => {
    const parts = [row({ folder: 'a', comparison: aComparison() }), row({ folder: 'b', startLayer: 2 })];
    const views = deliveryViews(
      [...parts, row({ folder: 'c', fraction: 2, problem: 'PlanRange.txt: is missing' })],
      beams,
    );
    expect(views.map(({ fraction, folders }) => [fraction, folders])).to.deep.equal([
      [1, ['a', 'b']],
      [2, ['c']],
    ]);
    expect(views[1]).to.include({ layersDelivered: null, positionMaxMm: null, problem: 'PlanRange.txt: is missing' });
  });

  it('of a beam the plan does not have are shown without figures', () => {
    const [view] = deliveryViews([row({ beamNumber: 9 })], beams);
    expect(view).to.include({ beamNumber: 9, layersPlanned: null, metersetPlanned: null });
  });

  it('name the report only where something was compared', () => {
    const kase = aCase({ id: 'c1', run: 2 });
    expect(reportPath(kase, [row()])).to.equal(null);
    expect(reportPath(kase, [row(), row({ comparison: aComparison() })])).to.equal('work/c1/2/delivery-report.csv');
  });
});

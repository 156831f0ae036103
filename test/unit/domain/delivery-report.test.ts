import { expect } from 'chai';
import { deliveryReport, REPORT_START } from '../../../src/domain/delivery-report.js';
import { differencePercent, summarise } from '../../../src/domain/delivery-summary.js';
import type { PlanLayer } from '../../../src/domain/plan.js';
import { aComparison, aDelivery, aLayerComparison } from '../../builders/a-delivery.js';
import { anIonPlan } from '../../builders/an-ion-plan.js';

const layer = (energyMeV: number, meterset: readonly number[]): PlanLayer => ({
  controlPointIndex: 0,
  energyMeV,
  paintings: 1,
  spotSizeFwhmMm: null,
  xMm: meterset.map(() => 0),
  yMm: meterset.map(() => 0),
  meterset,
});
const plan = anIonPlan();
const [beam] = plan.beams;
const TWO_LAYERS = { ...plan, beams: [{ ...beam!, beamNumber: 1, layers: [layer(150.25, [4, 6]), layer(140, [5])] }] };

/** Cells of a CSV in which no cell is quoted. */
const cellsOf = (csv: string): string[][] =>
  csv
    .split('\r\n')
    .slice(0, -1)
    .map((line) => line.split(','));

describe('the delivery report', () => {
  const later = aDelivery({ fraction: 2, fractionStatus: 'partial', folder: 'b', comparison: aComparison() });
  const first = aDelivery({
    comparison: aComparison({ layers: [aLayerComparison({ deliveredMeterset: 9, metersetDifference: -1 })] }),
  });

  it('has one row for each fraction, beam and layer, in that order, under headings with units, lines ended by CR LF', () => {
    const csv = deliveryReport(TWO_LAYERS, [later, first]);
    const [head, ...rows] = cellsOf(csv);
    expect(csv.startsWith(REPORT_START)).to.equal(true);
    expect(csv.replaceAll('\r\n', '')).not.to.match(/[\r\n]/);
    expect(head).to.include.members([
      'energy (MeV)', 'planned meterset (MU)', 'meterset difference (%)', 'position difference maximum (mm)',
    ]); // prettier-ignore
    expect(rows.map((row) => [row[0], row[3], row[4]])).to.deep.equal([
      ['1', '1', '1'], ['1', '1', '2'], ['2', '1', '1'], ['2', '1', '2'],
    ]); // prettier-ignore
    expect(new Set(rows.map(({ length }) => length))).to.deep.equal(new Set([head!.length]));
    expect(rows[0]).to.deep.equal([
      '1', 'complete', '2025-04-24T14:40:08', '1', '1', '150.25', 'delivered', '10', '9', '-1', '-10', '0.25', '0.5', '1',
    ]); // prettier-ignore
  });

  it('names a planned layer without logs as missing, with what was planned and no figures', () => {
    const rows = cellsOf(deliveryReport(TWO_LAYERS, [first]));
    expect(rows[2]).to.deep.equal([
      '1', 'complete', '2025-04-24T14:40:08', '1', '2', '140', 'missing', '5', '', '', '', '', '', '',
    ]); // prettier-ignore
  });

  it('leaves out what was not compared, and is in protons where the plan is', () => {
    const csv = deliveryReport({ ...TWO_LAYERS, metersetUnit: 'NP' }, [aDelivery(), aDelivery({ beamNumber: null })]);
    expect(cellsOf(csv)).to.have.length(1);
    expect(csv).to.contain('planned meterset (NP)');
  });

  it('holds nothing of the plan that names a patient, whatever its texts are', () => {
    const named = { ...TWO_LAYERS, label: 'DOE^JOHN', patientId: 'PID-1' };
    const csv = deliveryReport({ ...named, beams: named.beams.map((one) => ({ ...one, name: 'DOE' })) }, [first]);
    expect(csv).not.to.match(/DOE|PID/);
  });
});

describe('a beam as a whole', () => {
  it('has mean and sigma over the spots of all its layers, by counts, and the largest distance of any', () => {
    // Distances 1, 1, 1 in one layer (300 counts), 3 and 5 in the other (50 each).
    const one = aLayerComparison({ counts: 300, deliveredMeterset: 3, position: { meanMm: 1, sigmaMm: 0, maxMm: 1 } });
    const other = aLayerComparison({
      counts: 100,
      deliveredMeterset: 1,
      position: { meanMm: 4, sigmaMm: 1, maxMm: 5 },
    });
    const { position, metersetDelivered, layersDelivered } = summarise({ layers: [one, other], missingLayers: [] });
    const mean = 0.75 * 1 + 0.125 * 3 + 0.125 * 5;
    const variance = 0.75 * (1 - mean) ** 2 + 0.125 * (3 - mean) ** 2 + 0.125 * (5 - mean) ** 2;
    expect(position!.meanMm).to.be.closeTo(mean, 1e-12);
    expect(position!.sigmaMm).to.be.closeTo(Math.sqrt(variance), 1e-12);
    expect(position!.maxMm).to.equal(5);
    expect([metersetDelivered, layersDelivered]).to.deep.equal([4, 2]);
  });

  it('says nothing of places where nothing was counted, nor of MU where one layer’s is not known', () => {
    const empty = aLayerComparison({ counts: 0, deliveredMeterset: null, position: null });
    expect(summarise({ layers: [empty], missingLayers: [2] })).to.deep.equal({
      layersDelivered: 1, missingLayers: [2], position: null, metersetDelivered: null,
    }); // prettier-ignore
    expect([differencePercent(0, 1), differencePercent(2, null), differencePercent(2, 3)]).to.deep.equal([
      null,
      null,
      50,
    ]);
  });
});

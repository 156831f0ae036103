import { expect } from 'chai';
import type { DeliveryHeader } from '../../../src/domain/delivery-record.js';
import { groupFractions, referenceFraction } from '../../../src/domain/fractions.js';

const MINUTE = 60_000;
const PLANNED = [0, 90, 270, 180, 45].map((gantryAngleDeg, i) => ({ beamNumber: i + 1, gantryAngleDeg, layers: 6 }));
const LATER = 1e9;
const delivery = (beamNumber: number, minute: number, startLayer = 1, stopLayer = 6): DeliveryHeader => ({
  patientId: 'P',
  beamNumber,
  startLayer,
  stopLayer,
  startedAt: minute * MINUTE,
});
const whole = (minute: number): DeliveryHeader[] => PLANNED.map((beam, i) => delivery(beam.beamNumber, minute + i));
const only = (deliveries: DeliveryHeader[], now = LATER) => {
  const fractions = groupFractions(deliveries, PLANNED, now);
  expect(fractions).to.have.length(1);
  return fractions[0]!;
};

describe('Fractions', () => {
  it('are complete when every treatment beam was delivered once, in whatever order the folders are listed', () => {
    const fraction = only(whole(0).reverse());
    expect(fraction).to.include({ number: 1, startedAt: 0, status: 'complete', words: '5 of 5 beams have logs' });
    expect(fraction.beams.map(({ beamNumber }) => beamNumber)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('end an hour after their first delivery, not after their last', () => {
    const times = [0, 30, 60, 61, 121];
    const fractions = groupFractions(
      times.map((minute, i) => delivery(i + 1, minute)),
      PLANNED,
      LATER,
    );
    expect(fractions.map(({ deliveries }) => deliveries.map(({ startedAt }) => startedAt / MINUTE))).to.deep.equal([
      [0, 30, 60],
      [61, 121],
    ]);
  });

  it('say which beam is missing, and wait for it until the hour is over', () => {
    const without3 = whole(0).filter(({ beamNumber }) => beamNumber !== 3);
    expect(only(without3, 60 * MINUTE).status).to.equal('pending');
    expect(only(without3, 60 * MINUTE + 1)).to.include({
      status: 'partial',
      words: '4 of 5 beams have logs, beam 3 (G270) missing',
    });
  });

  it('wait for the rest of an interrupted beam', () => {
    const interrupted = [...whole(0).slice(1), delivery(1, 0, 1, 4)];
    expect(only(interrupted, 10 * MINUTE)).to.include({
      status: 'pending',
      words: '5 of 5 beams have logs, beam 1 interrupted, 4 of 6 layers delivered',
    });
    expect(only(interrupted).status).to.equal('partial');
  });

  for (const from of [4, 5]) {
    it(`put the two folders of a beam that stopped at layer 4 and went on at layer ${String(from)} together by layer`, () => {
      const fraction = only([...whole(0).slice(1), delivery(1, 0, 1, 4), delivery(1, 7, from, 6)]);
      expect(fraction).to.include({
        status: 'complete',
        words: '5 of 5 beams have logs, beam 1 interrupted and resumed',
      });
      const { layers } = fraction.beams[0]!;
      expect(layers.map(({ layerNumber }) => layerNumber)).to.deep.equal([1, 2, 3, 4, 5, 6]);
      expect(layers.map(({ deliveries }) => deliveries.length)).to.deep.equal([1, 1, 1, from === 4 ? 2 : 1, 1, 1]);
    });
  }

  it('are anomalous when a beam was given twice, though all beams are there', () => {
    const fraction = only([...whole(0), delivery(2, 20)]);
    expect(fraction).to.include({ status: 'anomalous', words: '5 of 5 beams have logs, beam 2 delivered 2 times' });
  });

  it('take a second start in the last layer for a resumption, but not where that is the only layer', () => {
    const twice = [delivery(1, 0), delivery(1, 5, 6, 6)];
    expect(only([...whole(0).slice(1), ...twice]).status).to.equal('complete');
    const single = [{ beamNumber: 1, gantryAngleDeg: 0, layers: 1 }];
    const given = [delivery(1, 0, 1, 1), delivery(1, 5, 1, 1)];
    expect(groupFractions(given, single, LATER)[0]!.status).to.equal('anomalous');
  });

  it('are anomalous when the log is of a beam that is not in the plan, or longer than the beam', () => {
    expect(only([...whole(0), delivery(9, 20)])).to.include({
      status: 'anomalous',
      words: '5 of 5 beams have logs, beam 9 has logs but is no treatment beam of the plan',
    });
    expect(only([...whole(0).slice(1), delivery(1, 0, 1, 7)]).words).to.contain(
      "beam 1 has more layers than the plan's 6",
    );
  });

  it('give as reference the earliest complete one', () => {
    const day = 24 * 60;
    const all = [...whole(0).slice(1), ...whole(day), ...whole(2 * day)];
    expect(referenceFraction(groupFractions(all, PLANNED, LATER))).to.include({ number: 2, startedAt: day * MINUTE });
    expect(referenceFraction(groupFractions(whole(0).slice(1), PLANNED, LATER))).to.equal(null);
  });
});

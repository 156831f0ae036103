import { expect } from 'chai';
import { SCALED_TO_PLAN, sourceRemarks } from '../../../src/domain/delivery-remarks.js';
import { accepted, anAcceptedDelivery } from '../../builders/an-accepted-case.js';

describe('What a dose says of its source', () => {
  const deliveries = [
    anAcceptedDelivery({ startedAt: Date.UTC(2025, 3, 23, 9, 0, 0), fraction: 1, fractionStatus: 'partial' }),
    anAcceptedDelivery({ fraction: 2 }),
  ];

  it('is nothing where its spots are the plan’s', () => {
    expect(sourceRemarks(accepted({ remarks: ['odd'] }))).to.deep.equal([]);
    expect(sourceRemarks(accepted({ deliveries }))).to.deep.equal([]);
  });

  it('is when the spots were delivered, and whether their meterset was scaled, and no more', () => {
    const remarks = ['odd', SCALED_TO_PLAN];
    expect(sourceRemarks(accepted({ deliveries, referenceFraction: 2, remarks }))).to.deep.equal([
      'as delivered: spots from the delivery logs of 2025-04-24 14:40:08',
      SCALED_TO_PLAN,
    ]);
    expect(sourceRemarks(accepted({ deliveries, referenceFraction: 2 }))).to.have.length(1);
  });
});

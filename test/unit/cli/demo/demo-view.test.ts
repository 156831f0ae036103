import { expect } from 'chai';
import { demoLine, demoPicture, timeLeftMs } from '../../../../src/cli/demo/demo-view.js';
import { caseDetailView } from '../../../../src/workflow/case-view.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';

const view = caseDetailView(
  {
    kase: aCase({ id: 'c1', state: 'interpreted', beamCount: 2, progress: 50, leasedUntil: 10 }),
    beamsDone: 1,
    beams: [aBeam({ state: 'converted', progress: 100 }), aBeam({ beamNumber: 2, state: 'submitted', progress: 25 })],
    attempts: [],
    transitions: [],
    receipts: [],
    deliveries: [],
  },
  0,
);

describe('the live view of the demo', () => {
  it('shows the case, a bar for each beam, the time left and the address of the page', () => {
    expect(demoPicture(view, 60_000, 'http://127.0.0.1:1/').split('\n')).to.deep.equal([
      'case c1  [##########..........]  50 %  calculating dose (1 of 2 beams done)',
      '  beam 1  G270  gantry  270°    480 spots  [####################] 100 %  converted',
      '  beam 2  G270  gantry  270°    480 spots  [#####...............]  25 %  submitted',
      '1 min 0 s so far, about 1 min 0 s left',
      'live page: http://127.0.0.1:1/',
    ]);
  });

  it('gives no time left while it would only be a guess, nor at the end', () => {
    expect([timeLeftMs(5, 1000), timeLeftMs(100, 1000), timeLeftMs(25, 1000)]).to.deep.equal([null, null, 3000]);
  });

  it('is one line for each thing that happened where the output is no terminal', () => {
    expect(demoLine(view)).to.equal('calculating dose (1 of 2 beams done) (beam 1 converted, beam 2 submitted)');
  });
});

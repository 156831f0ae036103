import { expect } from 'chai';
import { parseMachineFile, type MachineFile } from '../../../../../src/adapters/engines/moqui/machine-file.js';
import {
  logShifterRemarks,
  moquiRsp,
  placeShifters,
  type PlacedBeam,
} from '../../../../../src/adapters/engines/moqui/range-shifter.js';
import type { BeamInput } from '../../../../../src/domain/beam-input.js';
import { aLayer } from '../../../../builders/a-pencil-beam-job.js';
import { aMoquiBeam, aRangeShifter, MACHINE_TEXT } from '../../../../builders/a-moqui.js';

/** 40 mm of PMMA with sides of 300 mm, 10 mm before the snout, in a machine of 2 m from magnets to isocentre. */
const machine = (change: (text: string) => string = (text) => text): MachineFile =>
  parseMachineFile(Buffer.from(change(MACHINE_TEXT)));

const PLANNED = aRangeShifter('RS 4', { isocentreDistanceMm: 252 });

/** Its snout is at 209 mm. */
const aBeam = (change: Partial<BeamInput> = {}): BeamInput & { readonly snoutPositionMm: number } => ({
  ...aMoquiBeam({ beamNumber: 7, rangeShifters: [PLANNED], ...change }),
  snoutPositionMm: 209,
});

const refusal = (place: () => PlacedBeam, code: string): string => {
  try {
    place();
  } catch (error) {
    expect(error).to.include({ code });
    return (error as Error).message;
  }
  return expect.fail('it was not refused');
};

describe('moqui, dialect upstream: a range shifter', () => {
  describe('lies where the plan has it', () => {
    it('by a snout that is put where the program lets the slab end there: exit + thickness + gap', () => {
      const { beam, beginsMm, remarks } = placeShifters(aBeam(), machine(), {});
      expect(beam).to.deep.equal({ ...aBeam(), snoutPositionMm: 252 + 40 + 10 });
      expect(beginsMm).to.equal(252);
      expect(remarks).to.deep.equal(['range shifter: 40 mm of 1.19 g/cm3, exit 252 mm from the isocentre, as planned']);
    });

    it('of several, stacked by the program, that nearest to the patient', () => {
      const two = (text: string): string => text.replace('"RS 4" 40.0', '"RS 4" 40.0\n"RS 2" 20.0');
      const upper = aRangeShifter('RS 2', { isocentreDistanceMm: 293, waterEquivalentThicknessMm: 23.1 });
      const { beam, remarks } = placeShifters(aBeam({ rangeShifters: [upper, PLANNED] }), machine(two), {});
      expect(beam.snoutPositionMm).to.equal(252 + 60 + 10);
      expect(remarks).to.include('range shifters stacked: calculated as one slab');
    });

    it('or, where the plan does not say it of each, by the snout as it is, and the dose says so', () => {
      const unplaced = aRangeShifter('RS 4');
      for (const [rangeShifters, mm] of [
        [[unplaced], 40],
        [[unplaced, PLANNED], 80],
      ] as const) {
        const { beam, beginsMm, remarks } = placeShifters(aBeam({ rangeShifters }), machine(), {});
        expect(beam.snoutPositionMm).to.equal(209);
        expect(beginsMm).to.equal(209 - 10 - mm);
        expect(remarks[0])
          .to.contain('range shifter by snout position')
          .and.to.contain(`exit ${String(199 - mm)} mm`);
      }
    });

    it('not at the isocentre or beyond it: refused', () => {
      const beyond = aBeam({ rangeShifters: [aRangeShifter('RS 4', { isocentreDistanceMm: 0 })] });
      expect(refusal(() => placeShifters(beyond, machine(), {}), 'engine.unsupported')).to.contain('at 0 mm');
    });

    it('a beam without one stays as it is, and begins 50 mm behind the snout', () => {
      const plain = aBeam({ rangeShifters: [] });
      const nothing = machine((text) => text.replace(/^rangeshifter\(mm\).*\n/m, ''));
      expect(placeShifters(plain, nothing, {})).to.deep.equal({ beam: plain, beginsMm: 259, remarks: [] });
    });
  });

  describe('that the program would leave out without a word is refused, naming the beam', () => {
    it('one of one side or of a side of 0', () => {
      for (const size of ['400', '400 0', '0 400', '400 -400', 'wide 400']) {
        const file = machine((text) => text.replace('rangeshifter(mm) 300 300', `rangeshifter(mm) ${size}`));
        expect(file.shifter, size).to.equal(null);
        expect(refusal(() => placeShifters(aBeam(), file, {}), 'engine.unsupported'))
          .to.contain('beam 7')
          .and.to.contain('no rows');
      }
    });

    it('one that protons begin in or behind: a gap below -50', () => {
      const file = (gap: string): MachineFile => machine((text) => text.replace('gap(mm) 10', `gap(mm) ${gap}`));
      expect(refusal(() => placeShifters(aBeam(), file('-50.1'), {}), 'engine.unsupported'))
        .to.contain('beam 7')
        .and.to.contain('rangeshifter_snout_gap(mm) -50.1');
      expect(placeShifters(aBeam(), file('-50'), {}).beam.snoutPositionMm).to.equal(252 + 40 - 50);
    });

    it('one that spots reach beside, as they are projected and with three sigma', () => {
      const spots = (xMm: number, yMm: number): BeamInput =>
        aBeam({ layers: [aLayer({ energyMeV: 100, xMm: [xMm], yMm: [yMm], meterset: [1], protons: [1] })] });
      const place = (beam: BeamInput): PlacedBeam => placeShifters({ ...beam, snoutPositionMm: 209 }, machine(), {});
      // At the exit a spot at 157.9 mm is at 157.9 x (1 - 252/2000) = 138.0; 3 x 4 mm more meet the edge at 150 mm.
      expect(place(spots(-157.8, 157.8)).beginsMm).to.equal(252);
      expect(refusal(() => place(spots(-158, 0)), 'engine.unsupported'))
        .to.contain('beam 7')
        .and.to.contain('150.1 mm from the axis in x')
        .and.to.contain('rangeshifter(mm) 300 300');
      expect(refusal(() => place(spots(0, 158)), 'engine.unsupported')).to.contain('from the axis in y');
    });

    it('or that a spread of directions widens spots to', () => {
      const wide = machine((text) => text.replaceAll(' 4 4 0 0 ', ' 4 4 0.3 0 '));
      // From 50 mm behind the snout at 302 mm to the exit at 252 mm: 100 mm x 0.3 x 3.
      expect(placeShifters(aBeam(), wide, {}).beginsMm).to.equal(252);
      const wider = machine((text) => text.replaceAll(' 4 4 0 0 ', ' 4 4 0 0.51 '));
      expect(refusal(() => placeShifters(aBeam(), wider, {}), 'engine.unsupported')).to.contain('in y');
    });

    it('but not for spots without weight', () => {
      const layers = [aLayer({ energyMeV: 100, xMm: [0, 400], yMm: [0, 0], meterset: [1, 0], protons: [1, 0] })];
      expect(placeShifters(aBeam({ layers }), machine(), {}).beginsMm).to.equal(252);
    });
  });

  describe('is of the thickness that the plan has in water', () => {
    it('as the real program was measured to stop in 50 mm of a density', () => {
      const measuredMm = { 0.2: 9.6, 0.5: 26.7, 0.94: 47.9, 1: 50.3, 1.06: 52.7, 1.19: 57.7, 1.3: 61.9 };
      for (const [density, mm] of Object.entries(measuredMm)) {
        expect(50 * moquiRsp(Number(density)), density).to.be.closeTo(mm, 0.35);
      }
    });

    it('within 1 mm, or the case is held with both numbers and what to write', () => {
      const beam = (waterEquivalentThicknessMm: number): BeamInput & { readonly snoutPositionMm: number } =>
        aBeam({ rangeShifters: [{ ...PLANNED, waterEquivalentThicknessMm }] });
      for (const mm of [45.2, 47]) expect(placeShifters(beam(mm), machine(), {}).beginsMm).to.equal(252);
      const said = refusal(() => placeShifters(beam(40), machine(), {}), 'engine.machine-file');
      for (const words of ['machineFile', 'beam 7', '46.1 mm of water', 'has 40 mm', '"RS 4" 34.7'])
        expect(said).to.contain(words);
    });

    it('at the density that the program is told', () => {
      const water = aBeam({ rangeShifters: [{ ...PLANNED, waterEquivalentThicknessMm: 40 }] });
      const { remarks } = placeShifters(water, machine(), { rangeshifterdensity: 1 });
      expect(remarks.join()).to.contain('40 mm of 1 g/cm3');
    });
  });

  it('dialect log, whose slab ends at the snout, tells of another place in the plan', () => {
    expect(logShifterRemarks(aBeam()).join()).to.contain('209 mm from the isocentre, planned 252 mm');
    const there = aBeam({ rangeShifters: [{ ...PLANNED, isocentreDistanceMm: 209.3 }] });
    expect(logShifterRemarks(there).join()).to.not.contain('planned');
    expect(logShifterRemarks(aBeam({ rangeShifters: [] }))).to.deep.equal([]);
  });
});

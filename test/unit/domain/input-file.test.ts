import { expect } from 'chai';
import { inputChanges, namedInputs, type InputHash } from '../../../src/domain/input-file.js';
import { anAcceptedDelivery } from '../../builders/an-accepted-case.js';
import { aCtSlice, anInventory, aPlanFile, aStructureSet } from '../../builders/an-inventory.js';

const hashed = (role: InputHash['role'], ...contents: readonly string[]): readonly InputHash[] =>
  contents.map((sha256, i) => ({ role, number: i + 1, bytes: 1, sha256 }));

describe('the dropped files of a case', () => {
  it('are named by what they are to the calculation, slices in the order of the stack, whatever their names', () => {
    const [upper, lower, unused] = [aCtSlice(3), aCtSlice(0), aCtSlice(90)];
    const inventory = anInventory({
      ionPlans: [aPlanFile({ path: 'RN.dcm' })],
      ctSlices: [upper, lower, unused],
      structureSets: [aStructureSet([0], { path: 'RS.dcm' })],
      notDicom: ['log/b.csv', 'log/a.csv', 'letter.txt', 'log/old/c.csv'],
    });
    const accepted = { ctSlices: [lower, upper], deliveries: [anAcceptedDelivery({ folder: 'log' })] };
    const named = namedInputs(inventory, 'RN.dcm', accepted);
    expect(named.map(({ role, number, path }) => `${role} ${String(number)} ${path}`)).to.deep.equal([
      'plan 1 RN.dcm',
      'ct 1 ct/0.dcm',
      'ct 2 ct/3.dcm',
      'structure-set 1 RS.dcm',
      'delivery-log 1 log/a.csv',
      'delivery-log 2 log/b.csv',
      'other 1 ct/90.dcm',
      'other 2 letter.txt',
      'other 3 log/old/c.csv',
    ]);
  });

  it('are the same when they only have other names, and differ by number or by count', () => {
    const then = [...hashed('plan', 'p'), ...hashed('ct', 'a', 'b', 'c'), ...hashed('delivery-log', 'x', 'y')];
    expect(inputChanges(then, then)).to.deep.equal([]);
    const renamed = [...hashed('plan', 'p'), ...hashed('ct', 'a', 'b', 'c'), ...hashed('delivery-log', 'y', 'x')];
    expect(inputChanges(then, renamed)).to.deep.equal([]);
    const now = [...hashed('plan', 'q'), ...hashed('ct', 'a', 'B', 'C'), ...hashed('delivery-log', 'y', 'z', 'x')];
    expect(inputChanges(then, now)).to.deep.equal([
      'the plan',
      'CT slices no. 2, 3 of 3',
      'files of delivery logs: 2 then, 3 now, 2 the same',
    ]);
    expect(inputChanges(then, hashed('plan', 'p'), ['in the first', 'in the second'])).to.deep.equal([
      'CT slices: 3 in the first, 0 in the second, 0 the same',
      'files of delivery logs: 2 in the first, 0 in the second, 0 the same',
    ]);
  });

  it('that could not be read are known by that alone', () => {
    const [link] = hashed('other', '') as [InputHash];
    const unread = [{ ...link, bytes: null, sha256: null }];
    expect(inputChanges(unread, unread)).to.deep.equal([]);
    expect(inputChanges(unread, hashed('other', 'x'))).to.deep.equal(['other files no. 1 of 1']);
  });

  it('that have many slices changed are counted, not listed', () => {
    const letters = 'abcdefgh'.split('');
    const shown = inputChanges(hashed('ct', ...letters), hashed('ct', ...letters.map((letter) => `${letter}2`)));
    expect(shown).to.deep.equal(['CT slices no. 1, 2, 3, 4, 5 and 3 more of 8']);
  });
});

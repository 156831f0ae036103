import { expect } from 'chai';
import { LookInTurn, type TurnFolder } from '../../../../src/adapters/watcher/look-in-turn.js';
import { FakeClock } from '../../../fakes/fake-clock.js';

const SECONDS = 5;
/** What a sweep may spend. */
const BUDGET = 500;

describe('looking again at folders already taken', () => {
  let clock: FakeClock;
  let turn: LookInTurn;
  let looked: string[];
  let folders: Map<string, TurnFolder>;

  beforeEach(() => {
    clock = new FakeClock();
    turn = new LookInTurn(clock, 100);
    looked = [];
    folders = new Map();
  });
  const put = (name: string, change: Partial<TurnFolder> = {}): void => {
    const look = (): Promise<void> => {
      looked.push(name);
      return Promise.resolve();
    };
    folders.set(name, {
      isOpen: false,
      isStale: false,
      isLooking: false,
      isJustTaken: false,
      calls: 5,
      look,
      ...change,
    });
  };
  const sweep = async (): Promise<number> => {
    const before = looked.length;
    await turn.look(folders, SECONDS, () => true);
    return looked.length - before;
  };

  it('costs the same for a thousand folders and for a hundred thousand', async () => {
    for (let i = 0; i < 1_000; i += 1) put(String(i));
    expect(await sweep()).to.equal(BUDGET / 5);
    for (let i = 1_000; i < 100_000; i += 1) put(String(i));
    expect(await sweep()).to.equal(BUDGET / 5);
  });

  it('comes to each folder once in a round that the budget foretells', async () => {
    for (let i = 0; i < 1_000; i += 1) put(String(i));
    for (let sweeps = 0; sweeps < (1_000 * 5) / BUDGET; sweeps += 1) await sweep();
    expect(new Set(looked).size).to.equal(1_000);
    expect(looked).to.have.length(1_000);
  });

  it('walks a large folder as a whole, and lets the next sweeps pay for it', async () => {
    put('large', { calls: 4 * BUDGET });
    put('small');
    const counts = [await sweep(), await sweep(), await sweep(), await sweep(), await sweep()];
    expect(counts).to.deep.equal([1, 0, 0, 0, 1]);
    expect(looked).to.deep.equal(['large', 'small']);
  });

  it('comes back to a folder just taken long before the round is over', async () => {
    for (let i = 0; i < 10_000; i += 1) put(String(i));
    put('just taken', { isJustTaken: true });
    turn.taken('just taken');
    for (let sweeps = 0; sweeps < 4; sweeps += 1) await sweep();
    expect(looked.filter((name) => name === 'just taken')).to.have.length(4);
    put('just taken');
    await sweep();
    await sweep();
    expect(looked.filter((name) => name === 'just taken')).to.have.length(4);
  });

  it('begins after a start with the folders in which something changed last', async () => {
    for (let i = 0; i < 1_000; i += 1) put(String(i));
    for (let i = 0; i < 1_000; i += 1) turn.recalled(String(i), (i * 7) % 1_000);
    await sweep();
    const latest = Array.from({ length: BUDGET / 5 }, (_, i) => 999 - i);
    expect(looked.map((name) => (Number(name) * 7) % 1_000)).to.deep.equal(latest);
  });

  it('comes at once to a folder whose time becomes known late, be its turn over or not, and to the others as often as else', async () => {
    for (let i = 0; i < 300; i += 1) put(String(i));
    await sweep();
    turn.recalled('299', 1);
    turn.recalled('0', 2);
    await sweep();
    expect(looked.slice(100, 103)).to.deep.equal(['0', '299', '100']);
    await sweep();
    await sweep();
    expect(looked.slice(103, 301)).to.deep.equal(Array.from({ length: 198 }, (_, i) => String(i + 101)));
  });

  it('leaves half of the budget to the others, however many were just taken', async () => {
    for (let i = 0; i < 1_000; i += 1) put(`old ${String(i)}`);
    for (let i = 0; i < 1_000; i += 1) {
      put(`new ${String(i)}`, { isJustTaken: true });
      turn.taken(`new ${String(i)}`);
    }
    await sweep();
    expect(looked.filter((name) => name.startsWith('old'))).to.have.length(BUDGET / 10);
  });

  it('leaves out those that arrive or are being looked at, but not those that wait for their marker for long', async () => {
    put('arriving', { isOpen: true });
    put('looked at', { isLooking: true });
    put('waiting', { isOpen: true, isStale: true });
    await sweep();
    expect(looked).to.deep.equal(['waiting']);
  });

  it('ends with half of the pause on a slow share, and begins no more than two looks', async () => {
    let ended = false;
    const never = (): Promise<void> => new Promise(() => looked.push('begun'));
    for (let i = 0; i < 10; i += 1) put(String(i), { look: never });
    const sweeping = turn.look(folders, SECONDS, () => true).then(() => (ended = true));
    await clock.advance(2_499);
    expect(ended).to.equal(false);
    await clock.advance(1);
    await sweeping;
    const next = turn.look(folders, SECONDS, () => true);
    await clock.advance(2_500);
    await next;
    expect(looked).to.deep.equal(['begun', 'begun']);
  });
});

import { expect } from 'chai';
import type { GpuProcess } from '../../../src/domain/resource.js';
import { StrangerNotes, strangersOn } from '../../../src/workflow/strangers.js';
import { aResource } from '../../builders/a-resource.js';
import { FakeLogger } from '../../fakes/fake-logger.js';

const process = (pid: number, ours?: boolean): GpuProcess => ({
  pid,
  memoryMiB: 1,
  ...(ours === undefined ? {} : { ours }),
});
const on = (...processes: readonly GpuProcess[]): readonly number[] => strangersOn({ processes });

describe('strangers beside a job of ours on one GPU', () => {
  it('are programs known not to be ours, where one of ours is seen beside them', () => {
    expect(on(process(1, true), process(2, false), process(3), process(4, false))).to.deep.equal([2, 4]);
  });

  it('are not told of a GPU on which no process of ours is known: ours may run in a container', () => {
    expect(on(process(1, false), process(2))).to.deep.equal([]);
    expect(on()).to.deep.equal([]);
    expect(strangersOn({ processes: null })).to.deep.equal([]);
  });

  it('are said once in the log, and again when they come back', () => {
    const log = new FakeLogger();
    const notes = new StrangerNotes(log);
    const both = aResource({ processes: [process(1, true), process(2, false)] });
    const alone = aResource({ processes: [process(1, true)] });
    for (const place of [both, both, alone, both]) notes.note([place]);
    const line = {
      level: 'warn',
      message: 'another program computes on a GPU beside a job of ours',
      fields: { resource: 'local/GPU-1', pid: 2 },
    };
    expect(log.lines.map(({ level, message, fields }) => ({ level, message, fields }))).to.deep.equal([line, line]);
  });
});

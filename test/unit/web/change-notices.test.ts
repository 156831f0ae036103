import { expect } from 'chai';
import { ChangeNotices, type ChangeNotice } from '../../../src/web/change-notices.js';
import { aCase } from '../../builders/a-case.js';
import { FakeCaseLists } from '../../fakes/fake-case-lists.js';
import { FakeCaseQueries } from '../../fakes/fake-case-queries.js';
import { until } from '../../until.js';

describe('notices of changes', () => {
  const setUp = (betweenLooksMs = 1) => {
    const queries = new FakeCaseQueries();
    queries.tables.cases.set('c1', aCase({ id: 'c1' }));
    let looks = 0;
    const lists = new FakeCaseLists(queries);
    const counted = {
      marks: async (since: number) => {
        looks += 1;
        return lists.marks(since);
      },
    };
    const failures: unknown[] = [];
    const notices = new ChangeNotices({ lists: counted, queries }, (thrown) => failures.push(thrown), betweenLooksMs);
    return { queries, notices, failures, counted, looks: () => looks };
  };

  it('names the cases that changed, came or went, and only those', async () => {
    const { queries, notices, looks } = setUp();
    const heard: ChangeNotice[] = [];
    const stop = notices.listen((notice) => heard.push(notice));
    await until('the first look', () => looks() >= 2);
    expect(heard).to.deep.equal([]);
    queries.tables.cases.set('c2', aCase({ id: 'c2' }));
    await until('the new case', () => heard.length === 1);
    queries.tables.cases.set('c1', aCase({ id: 'c1', progress: 40 }));
    await until('the progress', () => heard.length === 2);
    queries.tables.cases.delete('c2');
    await until('the case that went', () => heard.length === 3);
    stop();
    expect(heard.map(({ cases }) => cases)).to.deep.equal([['c2'], ['c1'], ['c2']]);
  });

  it('tells when the folders that arrive have changed, naming no case', async () => {
    const { queries, notices, looks } = setUp();
    const heard: ChangeNotice[] = [];
    const stop = notices.listen((notice) => heard.push(notice));
    await until('the first look', () => looks() >= 2);
    queries.tables.arrivals = [{ inbox: '', folder: 'lung', files: 1, bytes: 1, lastChangeAt: 1 }];
    await until('the folder', () => heard.length === 1);
    stop();
    expect(heard).to.deep.equal([{ cases: [] }]);
  });

  it('looks at nothing while nobody listens', async () => {
    const { notices, looks } = setUp();
    notices.changed();
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks()).to.equal(0);
    const stop = notices.listen(() => undefined);
    await until('a look', () => looks() > 0);
    stop();
    const before = looks();
    notices.changed();
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks()).to.be.at.most(before + 1);
    expect(notices.listeners).to.equal(0);
  });

  it('looks no more often than it may, however often it is told of changes', async () => {
    const { notices, looks } = setUp(60_000);
    const stop = notices.listen(() => undefined);
    await until('the first look', () => looks() === 1);
    for (let told = 0; told < 100; told += 1) notices.changed();
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks()).to.equal(1);
    stop();
  });

  it('looks again after a look that failed', async () => {
    const { notices, failures, counted, queries, looks } = setUp();
    const { marks } = counted;
    counted.marks = () => Promise.reject(new Error('the disk is gone'));
    const stop = notices.listen(() => undefined);
    await until('a failure', () => failures.length > 0);
    counted.marks = marks;
    queries.tables.cases.clear();
    await until('a look', () => looks() > 0);
    stop();
  });
});

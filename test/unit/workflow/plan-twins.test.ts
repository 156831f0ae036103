import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SettingsSchema } from '../../../src/config/settings.js';
import type { Case } from '../../../src/domain/case.js';
import { Folders } from '../../../src/domain/folders.js';
import { PlanTwins } from '../../../src/workflow/plan-twins.js';
import { aCase } from '../../builders/a-case.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeInboxes } from '../../fakes/fake-inboxes.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const PLAN = { label: 'Plan A', sopInstanceUid: '1.2.3' };
const OF_PLAN = { planSopInstanceUid: PLAN.sopInstanceUid };

describe('the same plan under two names', () => {
  const temp = tempFolder();

  /** Cases whose folders lie in the inbox. */
  function anInbox(duplicates: 'process' | 'skip', ...cases: readonly Case[]) {
    const folders = new Folders(
      join(temp.path, 'root'),
      join(temp.path, 'inbox'),
      new Map([['research', join(temp.path, 'research')]]),
    );
    for (const kase of cases) mkdirSync(folders.dropped(kase), { recursive: true });
    const store = new FakeCaseStore(new FakeTables({ cases }));
    const settings = SettingsSchema.parse({ intake: { duplicates } });
    const inboxes = new FakeInboxes('research');
    const twins = new PlanTwins(store, folders, settings, new FakeClock(), inboxes);
    const write = (kase: Case, change: Partial<Case>): Case => {
      const changed = { ...kase, ...change, version: kase.version + 1 };
      store.tables.cases.set(kase.id, changed);
      return changed;
    };
    return { store, twins, folders, inboxes, write };
  }

  it('is processed by default, recorded, and said in the history', async () => {
    const first = aCase({ ...OF_PLAN, state: 'completed' });
    const second = aCase();
    const { store, twins } = anInbox('process', first, second);
    expect(await twins.accept(second, PLAN)).to.deep.equal([`same plan as case ${first.id}`]);
    expect(await store.get(second.id)).to.include({ duplicateOf: first.id, ...OF_PLAN, planLabel: 'Plan A' });
  });

  it('is refused with skip, and processed all the same when an operator retries it', async () => {
    const first = aCase({ ...OF_PLAN, state: 'simulated' });
    const second = aCase();
    const { store, twins } = anInbox('skip', first, second);
    const refusal = await rejection(twins.accept(second, PLAN));
    expect(refusal).to.include({
      code: 'intake.duplicate',
      severity: 'input',
      message: `the plan is that of case ${first.id}`,
    });
    expect(refusal).to.have.property('remedy').that.contains('mqi retry ID');
    // As when the service dies before the refusal is written: it is refused again.
    const again = (await store.get(second.id))!;
    expect(await rejection(twins.accept(again, PLAN))).to.include({ code: 'intake.duplicate' });
    const common = { at: 1, actor: 'service' };
    const rejected = await store.commit((await store.get(second.id))!, {
      change: { state: 'rejected', endedFrom: 'registered' },
      transition: { event: 'reject', to: 'rejected', reason: 'intake.duplicate', actor: 'service' },
      ...common,
    });
    const retried = await store.commit(rejected, {
      change: { state: 'registered' },
      transition: { event: 'retry', to: 'registered', reason: null, actor: 'cli:x' },
      ...common,
    });
    expect(await twins.accept(retried, PLAN)).to.deep.equal([`same plan as case ${first.id}`]);
    expect(await store.get(second.id)).to.include({ duplicateOf: first.id, state: 'registered' });
  });

  it('lets one of two folders through that are looked at side by side, not both and not none', async () => {
    const both = [aCase(), aCase()] as const;
    const { twins } = anInbox('skip', ...both);
    const ends = await Promise.allSettled(both.map((kase) => twins.accept(kase, PLAN)));
    expect(ends.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
  });

  it('is no duplicate of a case that was rejected, failed or cancelled, or that still waits for its files', async () => {
    const ended = (['rejected', 'failed', 'cancelled'] as const).map((state) => aCase({ ...OF_PLAN, state }));
    const waiting = aCase({ ...OF_PLAN, waitingFor: 'CT is missing' });
    const kase = aCase();
    const { store, twins } = anInbox('skip', ...ended, waiting, kase);
    expect(await twins.accept(kase, PLAN)).to.deep.equal([]);
    expect(await store.get(kase.id)).to.include({ duplicateOf: null });
    expect(await store.get(waiting.id)).to.include({ state: 'registered' });
  });

  it('is no duplicate as a later run of the same folder, nor for a copy that is known as its own duplicate', async () => {
    const first = aCase({ ...OF_PLAN, state: 'completed' });
    const copy = aCase({ ...OF_PLAN, state: 'completed', duplicateOf: first.id });
    const second = aCase({ folder: first.folder, run: 2 });
    const { twins } = anInbox('skip', first, copy, second);
    expect(await twins.accept(second, PLAN)).to.deep.equal([]);
  });

  it('makes two studies of one patient two cases', async () => {
    const first = aCase({ folder: 'PID-1/study 1', ...OF_PLAN, state: 'completed' });
    const second = aCase({ folder: 'PID-1/study 2' });
    const { store, twins } = anInbox('skip', first, second);
    expect(await twins.accept(second, { label: 'Plan A', sopInstanceUid: '1.2.3.5' })).to.deep.equal([]);
    expect(await store.get(second.id)).to.include({ duplicateOf: null, planSopInstanceUid: '1.2.3.5' });
  });

  for (const state of ['registered', 'validated'] as const) {
    for (const setting of ['process', 'skip'] as const) {
      it(`takes the place of a ${state} case whose folder was renamed, with duplicates: ${setting}`, async () => {
        const first = aCase({ ...OF_PLAN, state });
        const { store, twins, folders } = anInbox(setting, first);
        const second = aCase();
        renameSync(folders.dropped(first), folders.dropped(second));
        store.tables.cases.set(second.id, second);
        expect(await twins.accept(second, PLAN)).to.deep.equal([]);
        expect(await store.get(first.id)).to.include({ state: 'cancelled', endedFrom: state });
        const reason = `the folder was renamed: case ${second.id} takes its place`;
        expect((await store.transitionsOf(first.id)).at(-1)).to.include({ event: 'cancel', reason, actor: 'service' });
        expect(await store.get(second.id)).to.include({ duplicateOf: null });
      });
    }
  }

  it('leaves a renamed case alone that no longer needs its folder', async () => {
    const first = aCase({ ...OF_PLAN, state: 'interpreted' });
    const second = aCase();
    const { store, twins, folders } = anInbox('skip', first, second);
    rmSync(folders.dropped(first), { recursive: true });
    expect(await rejection(twins.accept(second, PLAN))).to.include({ code: 'intake.duplicate' });
    expect(await store.get(first.id)).to.include({ state: 'interpreted' });
  });

  it('takes a share that went away for no renaming', async () => {
    const first = aCase({ ...OF_PLAN, state: 'validated' });
    const second = aCase();
    const { store, twins, folders } = anInbox('process', first, second);
    rmSync(folders.inbox, { recursive: true });
    expect(await twins.accept(second, PLAN)).to.deep.equal([`same plan as case ${first.id}`]);
    expect(await store.get(first.id)).to.include({ state: 'validated' });
  });

  it('takes the place of a case whose folder was moved to another inbox, but not while the share of that one is away', async () => {
    const first = aCase({ ...OF_PLAN, state: 'validated', inbox: 'research' });
    const second = aCase();
    const { store, twins, folders, inboxes } = anInbox('process', first, second);
    rmSync(folders.dropped(first), { recursive: true });
    inboxes.of('research').guard.lose();
    expect(await twins.accept(second, PLAN)).to.deep.equal([`same plan as case ${first.id}`]);
    expect(await store.get(first.id)).to.include({ state: 'validated' });
    inboxes.of('research').guard.bringBack();
    expect(await twins.accept((await store.get(second.id))!, PLAN)).to.deep.equal([]);
    expect(await store.get(first.id)).to.include({ state: 'cancelled' });
  });

  it('leaves a case alone that came by an inbox which is no longer configured', async () => {
    const first = aCase({ ...OF_PLAN, state: 'validated', inbox: 'gone' });
    const second = aCase();
    const { store, twins } = anInbox('process', second);
    store.tables.cases.set(first.id, first);
    expect(await twins.accept(second, PLAN)).to.deep.equal([`same plan as case ${first.id}`]);
    expect(await store.get(first.id)).to.include({ state: 'validated' });
  });

  it('ends a waiting case whose folder was renamed before all its files had come', async () => {
    const first = aCase({ ...OF_PLAN, waitingFor: 'CT is missing' });
    const second = aCase();
    const { store, twins, folders } = anInbox('skip', first, second);
    rmSync(folders.dropped(first), { recursive: true });
    await twins.replaceRenamed(second, PLAN);
    expect(await store.get(first.id)).to.include({ state: 'cancelled', waitingFor: null });
    expect(await store.get(second.id)).to.deep.equal(second);
  });

  it('writes nothing for content that was changed while it was looked at', async () => {
    const kase = aCase();
    const { store, twins, write } = anInbox('process', kase);
    const changed = write(kase, { fingerprint: 'another' });
    expect(await rejection(twins.accept(kase, PLAN))).to.include({ code: 'case.lost-race', severity: 'transient' });
    expect(await store.get(kase.id)).to.deep.equal(changed);
  });

  it('is recorded though an operator changed the priority meanwhile', async () => {
    const kase = aCase();
    const { store, twins, write } = anInbox('process', kase);
    write(kase, { priority: 7 });
    await twins.accept(kase, PLAN);
    expect(await store.get(kase.id)).to.include({ priority: 7, ...OF_PLAN });
  });
});

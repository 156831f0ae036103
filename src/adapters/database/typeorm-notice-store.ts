import { In, LessThan, LessThanOrEqual, MoreThanOrEqual, Not } from 'typeorm';
import type { Lasting, Notice, NoticeState } from '../../domain/notification.js';
import type { EpochMs } from '../../domain/time.js';
import type { NoticeCount, NoticedChange, NoticeStore, ReadMark } from '../../ports/notice-store.js';
import type { Connections } from './connections.js';
import { LastingSchema, MarkSchema, NoticeSchema } from './schemas/notice-schemas.js';

const MARK = 'cases';

/** Rows of one statement: SQLite binds at most 32,766 values. */
const AT_ONCE = 500;

/** What people are to be told, in SQLite or PostgreSQL. */
export class TypeormNoticeStore implements NoticeStore {
  constructor(private readonly connections: Connections) {}

  async mark(): Promise<ReadMark | null> {
    const found = await this.connections.read((manager) => manager.findOneBy(MarkSchema, { name: MARK }));
    return found === null ? null : { first: found.first, last: found.last };
  }

  lasting(): Promise<readonly Lasting[]> {
    return this.connections.read((manager) => manager.find(LastingSchema, { order: { key: 'ASC' } }));
  }

  async record({ notices, mark, began = [], ended = [] }: NoticedChange): Promise<void> {
    const rows = notices.map((notice) => ({
      ...notice,
      state: 'waiting' as const,
      message: null,
      attempts: 0,
      failure: null,
      endedAt: null,
    }));
    await this.connections.write(async (tx) => {
      for (let i = 0; i < rows.length; i += AT_ONCE) {
        await tx
          .createQueryBuilder()
          .insert()
          .into(NoticeSchema)
          .values(rows.slice(i, i + AT_ONCE))
          .orIgnore()
          .execute();
      }
      if (began.length > 0) await tx.upsert(LastingSchema, [...began], ['key']);
      if (ended.length > 0) await tx.delete(LastingSchema, { key: In(ended) });
      if (mark !== undefined) await tx.upsert(MarkSchema, { name: MARK, ...mark }, ['name']);
    });
  }

  due(channel: string, now: EpochMs, limit: number): Promise<readonly Notice[]> {
    const where = { channel, state: 'waiting' as const, notBefore: LessThanOrEqual(now) };
    return this.connections.read((manager) => manager.find(NoticeSchema, { where, order: { id: 'ASC' }, take: limit }));
  }

  async bind(ids: readonly number[], message: string): Promise<void> {
    await this.connections.write((tx) => tx.update(NoticeSchema, { id: In(ids) }, { message }));
  }

  async failed(ids: readonly number[], failure: string, notBefore: EpochMs): Promise<void> {
    await this.connections.write(async (tx) => {
      await tx.increment(NoticeSchema, { id: In(ids) }, 'attempts', 1);
      await tx.update(NoticeSchema, { id: In(ids) }, { failure, notBefore });
    });
  }

  async end(ids: readonly number[], state: Exclude<NoticeState, 'waiting'>, at: EpochMs): Promise<void> {
    await this.connections.write((tx) => tx.update(NoticeSchema, { id: In(ids) }, { state, endedAt: at }));
  }

  async messagesSince(channel: string, since: EpochMs): Promise<number> {
    const rows = await this.connections.read((manager) =>
      manager
        .createQueryBuilder(NoticeSchema, 'notice')
        .select('DISTINCT notice.message', 'message')
        .where({ channel, state: 'sent', endedAt: MoreThanOrEqual(since) })
        .getRawMany<{ message: string }>(),
    );
    return rows.length;
  }

  async counts(): Promise<readonly NoticeCount[]> {
    const rows = await this.connections.read((manager) =>
      manager
        .createQueryBuilder(NoticeSchema, 'notice')
        .select('notice.channel', 'channel')
        .addSelect('notice.state', 'state')
        .addSelect('COUNT(*)', 'count')
        .groupBy('notice.channel')
        .addGroupBy('notice.state')
        .orderBy('notice.channel')
        .addOrderBy('notice.state')
        .getRawMany<{ channel: string; state: NoticeState; count: number | string }>(),
    );
    return rows.map(({ channel, state, count }) => ({ channel, state, count: Number(count) }));
  }

  async forget(before: EpochMs, channels: readonly string[]): Promise<void> {
    await this.connections.write(async (tx) => {
      await tx.delete(NoticeSchema, { endedAt: LessThan(before) });
      await tx.delete(NoticeSchema, { channel: Not(In(channels)) });
    });
  }
}

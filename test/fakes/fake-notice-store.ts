import type { Lasting, Notice, NoticeState } from '../../src/domain/notification.js';
import type { NoticeCount, NoticedChange, NoticeStore, ReadMark } from '../../src/ports/notice-store.js';
import { answer } from './fake-tables.js';

/** In memory (test/contract/notice-store.test.ts runs against this and the database). */
export class FakeNoticeStore implements NoticeStore {
  rows: readonly Notice[] = [];
  #lasting = new Map<string, Lasting>();
  #mark: ReadMark | null = null;

  mark(): Promise<ReadMark | null> {
    return answer(() => this.#mark);
  }

  lasting(): Promise<readonly Lasting[]> {
    return answer(() => [...this.#lasting.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
  }

  record({ notices, mark, began = [], ended = [] }: NoticedChange): Promise<void> {
    return answer(() => {
      for (const notice of notices) {
        if (this.rows.some(({ channel, key }) => channel === notice.channel && key === notice.key)) continue;
        const id = (this.rows.at(-1)?.id ?? 0) + 1;
        const fresh = { state: 'waiting', message: null, attempts: 0, failure: null, endedAt: null } as const;
        this.rows = [...this.rows, { id, ...notice, ...fresh }];
      }
      for (const one of began) this.#lasting.set(one.key, one);
      for (const key of ended) this.#lasting.delete(key);
      if (mark !== undefined) this.#mark = mark;
    });
  }

  due(channel: string, now: number, limit: number): Promise<readonly Notice[]> {
    return answer(() =>
      this.rows
        .filter((row) => row.channel === channel && row.state === 'waiting' && row.notBefore <= now)
        .slice(0, limit),
    );
  }

  bind(ids: readonly number[], message: string): Promise<void> {
    return this.#change(ids, () => ({ message }));
  }

  failed(ids: readonly number[], failure: string, notBefore: number): Promise<void> {
    return this.#change(ids, ({ attempts }) => ({ attempts: attempts + 1, failure, notBefore }));
  }

  end(ids: readonly number[], state: Exclude<NoticeState, 'waiting'>, at: number): Promise<void> {
    return this.#change(ids, () => ({ state, endedAt: at }));
  }

  messagesSince(channel: string, since: number): Promise<number> {
    return answer(() => {
      const sent = this.rows.filter(
        (row) => row.channel === channel && row.state === 'sent' && (row.endedAt ?? 0) >= since,
      );
      return new Set(sent.map(({ message }) => message)).size;
    });
  }

  counts(): Promise<readonly NoticeCount[]> {
    return answer(() => {
      const counts = new Map<string, NoticeCount>();
      for (const { channel, state } of this.rows) {
        const name = `${channel} ${state}`;
        counts.set(name, { channel, state, count: (counts.get(name)?.count ?? 0) + 1 });
      }
      return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
    });
  }

  forget(before: number, channels: readonly string[]): Promise<void> {
    return answer(() => {
      this.rows = this.rows.filter(
        ({ channel, endedAt }) => channels.includes(channel) && (endedAt === null || endedAt >= before),
      );
    });
  }

  #change(ids: readonly number[], change: (row: Notice) => Partial<Notice>): Promise<void> {
    return answer(() => {
      this.rows = this.rows.map((row) => (ids.includes(row.id) ? { ...row, ...change(row) } : row));
    });
  }
}

import type { InboxArrival } from '../../src/domain/arrival.js';
import type { Beam } from '../../src/domain/beam.js';
import { folderKey, type CaseFolder } from '../../src/domain/case-folder.js';
import type { Case } from '../../src/domain/case.js';
import { CASE_STATES, isActive, type CaseState } from '../../src/domain/case-machine.js';
import type { Resource } from '../../src/domain/resource.js';
import type {
  CaseFilter,
  CaseQueries,
  CaseRecord,
  CaseRow,
  TargetRecord,
  Workload,
} from '../../src/ports/case-queries.js';
import { waitingIn } from './fake-case-upload-store.js';
import { deliveriesIn } from './fake-delivery-store.js';
import { receiptsOf } from './fake-receipt-store.js';
import { answer, FakeTables } from './fake-tables.js';

const nameOf = ({ inbox, folder }: CaseFolder): string => `${inbox}/${folder}`;

/** Lists over the rows of the fake stores (test/contract/case-queries.test.ts runs against this and the database). */
export class FakeCaseQueries implements CaseQueries {
  constructor(readonly tables = new FakeTables()) {}

  list(filter: CaseFilter): Promise<readonly CaseRow[]> {
    return answer(() => {
      const { offset = 0, limit = Infinity } = filter;
      return this.#filtered(filter)
        .slice(offset, offset + limit)
        .map((kase) => ({ kase, beamsDone: this.#beamsDone(kase.id) }));
    });
  }

  count(filter: CaseFilter): Promise<number> {
    return answer(() => this.#filtered(filter).length);
  }

  record(id: string): Promise<CaseRecord | null> {
    return answer(() => {
      const kase = this.tables.cases.get(id);
      if (kase === undefined) return null;
      return {
        kase,
        beamsDone: this.#beamsDone(id),
        beams: this.tables.beamsOf(id),
        attempts: this.tables.attempts.filter(({ caseId }) => caseId === id),
        transitions: this.tables.transitions.filter(({ caseId }) => caseId === id),
        receipts: receiptsOf(this.tables, kase.resultsOf ?? id),
        deliveries: deliveriesIn(this.tables, id),
      };
    });
  }

  matching(idOrStart: string): Promise<readonly Case[]> {
    return answer(() => {
      if (idOrStart === '') return [];
      const exact = this.tables.cases.get(idOrStart);
      if (exact !== undefined) return [exact];
      const all = this.#newestFirst();
      const newest = all.filter((kase) => !all.some((other) => nameOf(other) === nameOf(kase) && other.run > kase.run));
      const key = folderKey(idOrStart);
      const named = [newest.filter((k) => k.folder === idOrStart), newest.filter((k) => k.folderKey === key)];
      const starts = (isIt: (kase: Case) => boolean): readonly Case[] =>
        all.filter((kase) => kase.id.startsWith(idOrStart) || (newest.includes(kase) && isIt(kase)));
      const ways = [
        ...named,
        starts(({ folder }) => folder.startsWith(idOrStart)),
        starts((kase) => kase.folderKey.startsWith(key)),
      ];
      return ways.find((found) => found.length > 0) ?? [];
    });
  }

  workload(): Promise<Workload> {
    return answer(() => {
      const beams = [...this.tables.beams.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      const open = beams
        .filter(({ state }) => state === 'pending' || state === 'submitted' || state === 'executed')
        .flatMap((beam) => {
          const kase = this.tables.cases.get(beam.caseId);
          if (kase === undefined || !isActive(kase.state) || kase.heldBecause !== null) return [];
          return [{ beam, priority: kase.priority, createdAt: kase.createdAt }];
        });
      const finished = beams
        .filter((beam) => beam.state === 'converted' && beam.finishedAt !== null)
        .sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0))
        .slice(0, 100);
      return { open, finished };
    });
  }

  targets(): Promise<readonly TargetRecord[]> {
    return answer(() => {
      const waiting = waitingIn(this.tables);
      const rows = [...this.tables.targets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return rows.map((target) => {
        const known = this.tables.knownTargets.get(target.name);
        const { kind = null, optional = false } = known ?? {};
        return { kind, optional, target, waiting: waiting.get(target.name) ?? 0 };
      });
    });
  }

  arriving(): Promise<readonly InboxArrival[]> {
    return answer(() => {
      const arriving = this.tables.intakeFolders.filter(({ isArriving }) => isArriving);
      const asShown = arriving.map(({ inbox, folder, files, bytes, lastChangeAt }) => ({
        inbox,
        folder,
        files,
        bytes,
        lastChangeAt,
      }));
      return asShown.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    });
  }

  resources(): Promise<readonly { readonly resource: Resource; readonly beams: readonly Beam[] }[]> {
    return answer(() =>
      [...this.tables.resources.values()]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((resource) => ({
          resource,
          beams: [...this.tables.beams.values()]
            .filter((beam) => beam.resourceId === resource.id && beam.state === 'submitted')
            .sort((a, b) => (a.id < b.id ? -1 : 1)),
        })),
    );
  }

  countByState(): Promise<Readonly<Record<CaseState, number>>> {
    return answer(() => {
      const counts = Object.fromEntries(CASE_STATES.map((state) => [state, 0])) as Record<CaseState, number>;
      for (const { state } of this.tables.cases.values()) counts[state] += 1;
      return counts;
    });
  }

  #newestFirst(): readonly Case[] {
    return [...this.tables.cases.values()].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  }

  #filtered({ states, held, waiting, machine, since, before, search, byIdOnly }: CaseFilter): readonly Case[] {
    const wanted = search?.toLowerCase() ?? '';
    const texts = (kase: Case): readonly string[] => [
      kase.id.toLowerCase(),
      ...(byIdOnly === true ? [] : [(kase.planLabel ?? '').toLowerCase(), kase.folderKey]),
    ];
    const is = <T>(asked: T | undefined, value: T): boolean => asked === undefined || asked === value;
    return this.#newestFirst()
      .filter((kase) => states === undefined || states.includes(kase.state))
      .filter((kase) => is(held, kase.heldBecause !== null) && is(waiting, waits(kase)))
      .filter((kase) => is<string | null>(machine, kase.machine))
      .filter(({ createdAt }) => createdAt >= (since ?? -Infinity) && createdAt < (before ?? Infinity))
      .filter((kase) =>
        texts(kase).some((text) => text.includes(wanted) || (byIdOnly !== true && text.includes(folderKey(wanted)))),
      );
  }

  #beamsDone(caseId: string): number {
    return this.tables.beamsOf(caseId).filter(({ state }) => state === 'converted').length;
  }
}

const waits = ({ state, heldBecause, waitingFor, notBefore }: Case): boolean =>
  isActive(state) && heldBecause === null && (waitingFor !== null || notBefore !== null);

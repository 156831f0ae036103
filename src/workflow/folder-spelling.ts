import { Inject, Service } from 'typedi';
import { folderKey, type CaseFolder } from '../domain/case-folder.js';
import type { Case } from '../domain/case.js';
import { CaseStore, type NewCase } from '../ports/case-store.js';
import { Inboxes } from '../ports/inboxes.js';

/** As which folder a found one is registered. */
export type KnownFolder = CaseFolder & Pick<NewCase, 'formerly' | 'rerun'>;

/**
 * What is one folder, and what are two (docs/adr/0073-names-that-differ-in-spelling.md). Clients and shares spell one
 * name in several ways: composed or decomposed letters, upper or lower case. Only the inbox can tell: names that it
 * lists side by side are two folders; where a known spelling is no longer listed, the folder was renamed in spelling
 * only, and the found one is that folder.
 */
@Service()
export class FolderSpelling {
  constructor(
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(Inboxes) private readonly inboxes: Pick<Inboxes, 'isListed'>,
  ) {}

  /** Looks at the inbox only where another spelling is known. Throws as `Inboxes.isListed`. */
  async known({ inbox, folder }: CaseFolder): Promise<KnownFolder> {
    const alike = await this.cases.spelledLike(inbox, folderKey(folder));
    const asFound: KnownFolder = { inbox, folder };
    if (alike.length === 0 || alike.some((kase) => kase.folder === folder)) return asFound;
    const [gone, listed] = await this.#apart(alike);
    const former = gone.sort((a, b) => b.createdAt - a.createdAt)[0];
    if (former !== undefined) return { ...asFound, formerly: former.folder, ...again(former) };
    const [standing] = listed;
    // Asked for in a spelling that the share understands but does not list.
    if (standing !== undefined && !(await this.inboxes.isListed(asFound))) return { inbox, folder: standing.folder };
    return asFound;
  }

  async #apart(alike: readonly Case[]): Promise<readonly [gone: Case[], listed: Case[]]> {
    const gone: Case[] = [];
    const listed: Case[] = [];
    for (const kase of alike) ((await this.inboxes.isListed(kase)) ? listed : gone).push(kase);
    return [gone, listed];
  }
}

/** Refused because its folder had vanished under the former spelling: that was not the folder's fault. */
const again = ({ state, error }: Case): Pick<NewCase, 'rerun'> =>
  state === 'rejected' && error?.code === 'intake.folder-gone' ? { rerun: true } : {};

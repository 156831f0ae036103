import { mkdtempSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Share } from '../../mounts/mounting.js';
import { SHARE_KINDS, Shares } from '../../mounts/share-kinds.js';
import { removeFolder } from '../../remove-folder.js';
import { AWatchedShare, MANIFEST, passed, QUIET_SECONDS, WHOLE } from './a-watched-share.js';

const QUIET_MS = QUIET_SECONDS * 1000;
const MARKER = '_CASE_READY';

/** One row of the matrix: puts a case on the share and rejects when it is not taken as it must be. */
type Row = (on: Inboxes) => Promise<void>;

/** The inboxes of one kind of share. Rows that do not disturb each other use the same one. */
class Inboxes {
  readonly plain: AWatchedShare;
  readonly marked: AWatchedShare;
  readonly restarted: AWatchedShare;
  readonly unmounted: AWatchedShare;

  constructor(
    readonly steady: Share,
    readonly lossy: Share,
  ) {
    const on = (name: string, marker: string | null = null): AWatchedShare =>
      new AWatchedShare(join(steady.source, name), join(steady.path, name), marker);
    this.plain = on('plain');
    this.marked = on('marked', MARKER);
    this.restarted = on('restarted');
    // The inbox is the mount point where there is one: without the mount it is an empty folder, not a missing one.
    this.unmounted = new AWatchedShare(lossy.source, lossy.path);
  }

  get all(): readonly AWatchedShare[] {
    return [this.plain, this.marked, this.restarted, this.unmounted];
  }
}

const slowCopy: Row = async ({ plain }) => {
  await plain.copySlowly('slow');
  await plain.offered('slow');
  await passed(QUIET_MS);
  expect(plain.offersOf('slow')).to.deep.equal([WHOLE]);
};

const stalledCopy: Row = async ({ plain }) => {
  await plain.copySlowly('stalled', 1, 2);
  await Promise.all([plain.offered('stalled'), passed(3 * QUIET_MS)]);
  expect(plain.offersOf('stalled')).to.deep.equal([{ files: 3, bytes: 4_000 }]);
  plain.write('stalled', 3);
  plain.write('stalled', 4);
  await plain.offered('stalled', 2);
  expect(plain.offersOf('stalled').slice(1)).to.deep.equal([WHOLE]);
};

const renamedIn: Row = async ({ plain, steady }) => {
  const made = new AWatchedShare(join(steady.source, 'made'), join(steady.path, 'made'));
  made.writeWhole('renamed');
  renameSync(join(steady.source, 'made', 'renamed'), join(steady.source, 'plain', 'renamed'));
  await plain.offered('renamed');
  await passed(QUIET_MS);
  expect(plain.offersOf('renamed')).to.deep.equal([WHOLE]);
};

const markerFirst: Row = async ({ marked }) => {
  marked.mark('first');
  await passed(2 * QUIET_MS);
  expect(marked.offersOf('first')).to.deep.equal([]);
  await marked.copySlowly('first');
  await marked.offered('first');
  await passed(QUIET_MS);
  expect(marked.offersOf('first')).to.deep.equal([WHOLE]);
};

const manifestFirst: Row = async ({ marked }) => {
  marked.mark('listed', MANIFEST);
  await marked.copySlowly('listed', 1, 2);
  await passed(3 * QUIET_MS);
  expect(marked.offersOf('listed')).to.deep.equal([]);
  await marked.copySlowly('listed', 3);
  await marked.offered('listed');
  await passed(QUIET_MS);
  expect(marked.offersOf('listed')).to.deep.equal([WHOLE]);
};

const markerBeside: Row = async ({ marked }) => {
  await marked.copySlowly('beside', 1, 2);
  await passed(3 * QUIET_MS);
  await marked.copySlowly('beside', 3);
  expect(marked.offersOf('beside')).to.deep.equal([]);
  marked.markBeside('beside');
  await marked.offered('beside');
  expect(marked.offersOf('beside')).to.deep.equal([WHOLE]);
};

const markerLast: Row = async ({ marked }) => {
  await marked.copySlowly('last', 1, 2);
  await passed(3 * QUIET_MS);
  expect(marked.offersOf('last')).to.deep.equal([]);
  await marked.copySlowly('last', 3);
  expect(marked.offersOf('last')).to.deep.equal([]);
  marked.mark('last');
  await marked.offered('last');
  expect(marked.offersOf('last')).to.deep.equal([WHOLE]);
};

const unmountedInTheMiddle: Row = async ({ unmounted, lossy }) => {
  unmounted.writeWhole('taken before');
  await unmounted.offered('taken before');
  await unmounted.copySlowly('case', 1, 2);
  await lossy.unmount();
  unmounted.write('case', 3);
  await passed(2 * QUIET_MS);
  expect(unmounted.offersOf('case')).to.deep.equal([]);
  await lossy.mount();
  await unmounted.seen('case', 3);
  unmounted.write('case', 4);
  await unmounted.offered('case');
  expect(unmounted.offersOf('case')).to.deep.equal([WHOLE]);
  // Whether it is offered again or not, never as anything else than it was: the same content makes no new run.
  for (const offer of unmounted.offersOf('taken before')) expect(offer).to.deep.equal(WHOLE);
};

const restartedInTheMiddle: Row = async ({ restarted }) => {
  await restarted.copySlowly('case', 1, 2);
  await restarted.stop();
  restarted.write('case', 3);
  await passed(QUIET_MS);
  await restarted.start();
  await restarted.seen('case', 3);
  restarted.write('case', 4);
  await restarted.offered('case');
  await passed(QUIET_MS);
  expect(restarted.offersOf('case')).to.deep.equal([WHOLE]);
};

const ROWS: Readonly<Record<string, Row>> = {
  'takes a slow copy once, when it is whole': slowCopy,
  'takes a copy that stalls for three quiet times as it stands, and again when it is whole': stalledCopy,
  'takes a folder that is renamed into the inbox once, and whole': renamedIn,
  'takes a folder whose ready marker comes first once, when it is whole': markerFirst,
  'takes a folder whose manifest comes first once, when all it lists is there, however long its copy stalls':
    manifestFirst,
  'takes a folder whose ready marker comes last with the marker, however long its copy stalls': markerLast,
  'takes a folder whose ready marker comes last beside it with the marker': markerBeside,
  'offers nothing while the share is unmounted in the middle of a copy, and the whole after it is back':
    unmountedInTheMiddle,
  'takes a copy during which the service is restarted once, when it is whole': restartedInTheMiddle,
};

const settled = async (work: Promise<void>): Promise<PromiseSettledResult<void>> => {
  const [result] = await Promise.allSettled([work]);
  return result;
};

for (const kind of SHARE_KINDS) {
  describe(`the watched inbox on ${kind.name}, written behind the mount`, function () {
    this.timeout(60_000);
    const results = new Map<string, Promise<PromiseSettledResult<void>>>();
    let place: string;
    let shares: Shares;
    let inboxes: Inboxes | null = null;

    before(async function () {
      place = mkdtempSync(join(tmpdir(), 'mqi-shares-'));
      shares = new Shares(kind, place);
      try {
        await shares.start();
        inboxes = new Inboxes(await shares.mount('steady'), await shares.mount('lossy'));
      } catch (thrown) {
        const why = `skipped: cannot be mounted here: ${String(thrown)}`;
        this.test?.parent?.tests.forEach((test) => (test.title += ` (${why})`));
        this.skip();
      }
      const on = inboxes;
      await Promise.all(on.all.map((each) => each.start()));
      // All at once, since a row mostly waits; each test then gives the result of its own.
      for (const [name, row] of Object.entries(ROWS)) {
        // Settled, so that a row that fails early is no unhandled rejection.
        results.set(name, settled(row(on)));
      }
    });

    after(async () => {
      await Promise.all(results.values());
      await Promise.all(inboxes?.all.map((each) => each.stop()) ?? []);
      await shares.close();
      removeFolder(place);
    });

    for (const name of Object.keys(ROWS)) {
      it(name, async () => {
        const result = await results.get(name);
        if (result?.status === 'rejected') await Promise.reject(result.reason as Error);
        expect(inboxes?.plain.mode).to.equal(kind.mode);
      });
    }
  });
}

import type { Beam } from '../../../src/domain/beam.js';
import type { Case } from '../../../src/domain/case.js';
import type { FakeUploadTarget } from '../../fakes/fake-upload-target.js';
import { PLACES, type World } from './world.js';

/** Written down anew, not taken from the code: what may follow what within one run. */
const ON: Readonly<Record<string, string>> = {
  registered: 'validated',
  validated: 'interpreted',
  interpreted: 'simulated',
  simulated: 'assembled',
  assembled: 'completed',
};
const ENDS = ['completed', 'rejected', 'failed', 'cancelled'];
const BEAM_MOVES: Readonly<Record<string, readonly string[]>> = {
  pending: ['pending', 'submitted', 'failed', 'cancelled'],
  submitted: ['submitted', 'executed', 'pending', 'failed', 'cancelled'],
  executed: ['executed', 'converted', 'pending', 'failed', 'cancelled'],
  converted: ['converted', 'pending'],
  failed: ['failed', 'pending'],
  cancelled: ['cancelled', 'pending'],
};

/** The promises of the product, watched at every write, every start of a job and every delivery. */
export class Promises {
  /** What was broken, in words; empty while all is well. */
  readonly broken: string[] = [];
  /** Cases of whose hold the service has heard. */
  readonly heldKnown = new Set<string>();
  /** States that were left by the step that leaves them, by case, since an operator last set it back. */
  readonly #steps = new Map<string, Set<string>>();

  constructor(private readonly world: World) {
    const { tables, jobs, targets } = world;
    before(tables.cases, (old, kase) => {
      this.#case(old, kase);
    });
    before(tables.beams, (old, beam) => {
      this.#beam(old, beam);
    });
    jobs.onStart = (folder) => {
      this.#started(folder);
    };
    for (const target of targets) this.#watchTarget(target);
  }

  breaks(what: string): void {
    this.broken.push(what);
  }

  #case(old: Case | undefined, kase: Case): void {
    if (old === undefined) return;
    const { id } = kase;
    if (kase.progress < old.progress)
      this.breaks(`progress of ${id} fell from ${String(old.progress)} to ${String(kase.progress)}`);
    if (kase.version < old.version) this.breaks(`version of ${id} fell`);
    if (kase.leaseOwner !== null && ENDS.includes(kase.state)) this.breaks(`${kase.state} ${id} is leased`);
    if (kase.state !== old.state) this.#moved(old, kase);
  }

  #moved(old: Case, kase: Case): void {
    const onward = ON[old.state] === kase.state;
    const ended = !ENDS.includes(old.state) && ENDS.slice(1).includes(kase.state);
    const setBack = old.state !== 'completed' && !ENDS.includes(kase.state);
    if (!onward && !ended && !setBack) this.breaks(`${kase.id} went from ${old.state} to ${kase.state}`);
    if (onward) this.#doneOnce(old, kase);
    else if (setBack) this.#steps.delete(kase.id);
    if (kase.state === 'simulated' || kase.state === 'completed') this.#allConverted(kase);
  }

  /** A step that is done is not done again, unless an operator sets the case back. */
  #doneOnce(old: Case, { id }: Case): void {
    const done = this.#steps.get(id) ?? new Set();
    if (done.has(old.state)) this.breaks(`the step that leaves ${old.state} was done twice for ${id}`);
    this.#steps.set(id, done.add(old.state));
  }

  #allConverted({ id, state }: Case): void {
    const beams = this.world.tables.beamsOf(id);
    if (beams.length === 0 || beams.some((beam) => beam.state !== 'converted')) {
      this.breaks(`${id} became ${state} with beams that have no dose`);
    }
  }

  #beam(old: Beam | undefined, beam: Beam): void {
    if (old !== undefined) {
      if (beam.attempt < old.attempt) this.breaks(`attempt of ${beam.id} fell`);
      const allowed = BEAM_MOVES[old.state]?.includes(beam.state) ?? false;
      if (!allowed) this.breaks(`beam ${beam.id} went from ${old.state} to ${beam.state}`);
    }
    if (beam.state !== 'converted') return;
    // The dose of attempt n ends in n (World.#engine).
    if (beam.resultSha256?.endsWith(`: ${String(beam.attempt)}`) !== true) {
      this.breaks(`beam ${beam.id} of attempt ${String(beam.attempt)} has the result ${String(beam.resultSha256)}`);
    }
  }

  #started(folder: string): void {
    const [caseId = '', , beamName = ''] = folder.split('/').slice(3);
    const { running } = this.world.jobs;
    const same = running.filter(
      (other) => other.startsWith(`/root/work/${caseId}/`) && other.includes(`/${beamName}/`),
    );
    if (same.length > 1) this.breaks(`two jobs of one beam run: ${same.join(' ')}`);
    // A job started by a service that died before it could say so takes a place once its beam's step has found it.
    if (running.length > PLACES + 3 * this.world.deaths)
      this.breaks(`${String(running.length)} jobs run on ${String(PLACES)} places`);
    if (this.#isHeld(caseId) && this.heldKnown.has(caseId)) this.breaks(`held case ${caseId} started a job`);
    const beam = this.world.tables.beams.get(`${caseId}/${String(Number(beamName.slice(5)))}`);
    if (beam?.state === 'converted') this.breaks(`beam ${beam.id} is calculated again though its dose is there`);
  }

  #watchTarget(target: FakeUploadTarget): void {
    const deliver = target.deliver.bind(target);
    target.deliver = (kase, dose, signal) => {
      const known = target.stored.get(dose.sopInstanceUid);
      if (known !== undefined && known !== dose.sha256) {
        this.breaks(`${target.name} was sent another dose under the UID of ${dose.sopInstanceUid}`);
      }
      const rows = [...this.world.tables.receipts.values()];
      const delivered = rows.some(
        (row) =>
          row.caseId === kase.id &&
          row.target === target.name &&
          row.sopInstanceUid === dose.sopInstanceUid &&
          row.status === 'delivered',
      );
      if (delivered) this.breaks(`${dose.sopInstanceUid} was sent to ${target.name} again after its receipt`);
      if (this.#isHeld(kase.id) && this.heldKnown.has(kase.id)) this.breaks(`held case ${kase.id} sent an object`);
      return deliver(kase, dose, signal);
    };
  }

  /** After enough quiet time: whatever is not held and waits for nothing has come to an end, and nothing is left over. */
  atRest(): void {
    const { tables, jobs, inbox } = this.world;
    for (const kase of tables.cases.values()) this.#rests(kase);
    for (const [folder, fingerprint] of inbox) {
      const known = [...tables.cases.values()].some((row) => row.folder === folder && row.fingerprint === fingerprint);
      if (!known) this.breaks(`folder ${folder} was dropped and is no case`);
    }
    // The engine of a held case may go on; nobody follows it before a place is wanted.
    const unattended = jobs.running.filter((folder) => !this.#isHeld(folder.split('/')[3] ?? ''));
    if (unattended.length > 0) this.breaks(`jobs run on: ${unattended.join(' ')}`);
    const open = tables.attempts.filter(({ outcome }) => outcome === null);
    for (const { caseId, step } of open) {
      if (ENDS.includes(tables.cases.get(caseId)?.state ?? ''))
        this.breaks(`an attempt of ${step} of ended ${caseId} is open`);
    }
  }

  #rests(kase: Case): void {
    const { id, state, heldBecause, leaseOwner, error } = kase;
    if (!ENDS.includes(state) && heldBecause === null && !waitsForData(kase))
      this.breaks(`${id} is stuck: ${JSON.stringify(kase)}`);
    if (leaseOwner !== null) this.breaks(`${id} is leased at rest`);
    if (error?.severity === 'bug' && error.code !== 'case.crash-loop') {
      this.breaks(`${id} met a bug: ${error.code} ${error.message}`);
    }
    this.#ended(kase);
  }

  #ended(kase: Case): void {
    const { id, state, error } = kase;
    if (state === 'completed') this.#delivered(kase);
    if (state === 'failed' && error?.code === 'upload.unavailable') this.breaks(`${id} failed for an outage`);
  }

  #isHeld(caseId: string): boolean {
    return (this.world.tables.cases.get(caseId)?.heldBecause ?? null) !== null;
  }

  #delivered({ id, run }: Case): void {
    const { tables, targets, doses, folders } = this.world;
    const beams = tables.beamsOf(id);
    const plan = doses.made.get(folders.planDose({ id, run }));
    const wanted = new Map(
      beams.map((beam) => [`2.25.${id}.${String(run)}.${String(beam.beamNumber)}`, beam.resultSha256]),
    );
    wanted.set(`2.25.${id}.${String(run)}.plan`, plan?.sha256 ?? 'no plan dose');
    for (const target of targets) {
      for (const [uid, sha256] of wanted) {
        if (target.stored.get(uid) !== sha256) this.breaks(`${target.name} has not the dose ${uid} of completed ${id}`);
      }
      const own = [...target.stored.keys()].filter((uid) => uid.startsWith(`2.25.${id}.`));
      if (own.length !== wanted.size) this.breaks(`${target.name} has ${String(own.length)} objects of ${id}`);
    }
  }
}

/** As long as it takes; for a target a case waits only as long as that is down. */
const waitsForData = ({ waitingFor, state }: Case): boolean => waitingFor !== null && state !== 'assembled';

/** Calls `look` with the old and the new row before each write. */
function before<T>(rows: Map<string, T>, look: (old: T | undefined, row: T) => void): void {
  const set = rows.set.bind(rows);
  rows.set = (id, row) => {
    look(rows.get(id), row);
    return set(id, row);
  };
}

import { randomBytes } from 'node:crypto';
import { copyFile, link } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Case } from '../../domain/case.js';
import type { StepName } from '../../domain/case-machine.js';
import { permanent, type CaseError } from '../../domain/errors.js';
import type { Folders } from '../../domain/folders.js';
import { diskError } from '../../files/disk-error.js';
import { makeFolders } from '../../files/make-folders.js';
import { systemCode } from '../../files/system-code.js';
import type { BeamStore } from '../../ports/beam-store.js';
import type { Clock } from '../../ports/clock.js';
import type { DosePreflight, PreflightFinding } from '../../ports/dose-preflight.js';
import type { Step, StepContext, StepOutcome } from '../../ports/step.js';
import { writeWholeFile } from './whole-file.js';

/** Sentences that an error carries; the report has all of them. */
const NAMED = 5;

export interface PreflightDeps {
  readonly preflight: DosePreflight;
  readonly beams: BeamStore;
  readonly folders: Folders;
  readonly clock: Clock;
}

/**
 * Delivery, begun only when every object of the case was found right as it lies on the disk: otherwise none leaves, not even
 * the right ones, since the plan's dose stands for all. What was found wrong is written to `preflight/report.json` in the work
 * folder, with the objects as they were beside it. A run whose doses are another's has none to look at.
 */
export class PreflightFirstStep implements Step {
  readonly name: StepName;

  constructor(
    private readonly inner: Step,
    private readonly deps: PreflightDeps,
  ) {
    this.name = inner.name;
  }

  async run(kase: Case, context: StepContext): Promise<StepOutcome> {
    if (kase.resultsOf === null) await this.#check(kase, context);
    return this.inner.run(kase, context);
  }

  async #check(kase: Case, { signal, log }: StepContext): Promise<void> {
    const { preflight, beams, clock } = this.deps;
    const startedAt = clock.now();
    const findings = await preflight.check(kase, await beams.ofCase(kase.id), signal);
    const wrong = findings.filter(({ failures }) => failures.length > 0);
    if (wrong.length === 0) {
      log.info('preflight passed', { count: findings.length, durationMs: clock.now() - startedAt });
      return;
    }
    await this.#keep(kase, findings, wrong);
    throw preflightError(wrong);
  }

  /** Kept as they are now: a retry would make them anew, and nobody would know what was wrong. */
  async #keep(kase: Case, findings: readonly PreflightFinding[], wrong: readonly PreflightFinding[]): Promise<void> {
    const { folders, clock } = this.deps;
    const folder = join(folders.work(kase), 'preflight');
    const report = {
      format: 'mqi-preflight/1',
      at: new Date(clock.now()).toISOString(),
      objects: findings.map(({ beamNumber, path, failures }) => ({ beamNumber, file: basename(path), failures })),
    };
    await writeWholeFile(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    for (const { path } of wrong) await keepCopy(path, join(folder, basename(path)));
  }
}

/** A second name for the same bytes where the disk can: files of ours are replaced, never written into. */
async function keepCopy(path: string, wanted: string): Promise<void> {
  try {
    await makeFolders(dirname(wanted));
    // Of an earlier preflight: it stays, beside this one.
    const place = `${wanted.replace(/\.dcm$/, '')}.${randomBytes(3).toString('hex')}.dcm`;
    await link(path, place).catch(() => copyFile(path, place));
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw diskError(thrown); // a missing object is a finding, and cannot be kept
  }
}

const nameOf = ({ beamNumber }: PreflightFinding): string =>
  beamNumber === null ? 'the dose of the plan' : `the dose of beam ${String(beamNumber)}`;

function preflightError(wrong: readonly PreflightFinding[]): CaseError {
  const all = wrong.flatMap((finding) => finding.failures.map((failure) => `${nameOf(finding)}: ${failure}`));
  const more = all.length > NAMED ? `; and ${String(all.length - NAMED)} more` : '';
  return permanent('dose.preflight', `nothing was delivered: ${all.slice(0, NAMED).join('; ')}${more}`, {
    remedy:
      'read preflight/report.json in the work folder of the case, where the objects are kept; look at disk and engine, and have the doses made anew: mqi retry ID --from simulate; report it if that does not help',
  });
}

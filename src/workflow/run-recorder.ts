import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Beam } from '../domain/beam.js';
import type { Attempt, Case } from '../domain/case.js';
import type { KeptReceipt } from '../domain/receipt.js';
import type { Folders } from '../domain/folders.js';
import { parseAcceptedCase } from '../domain/accepted-case.js';
import { INPUTS_NAME, numbered, type InputHash } from '../domain/input-file.js';
import { filesOf } from '../domain/inventory.js';
import { BASIS_NAME, RECORD_NAME, type RecordedReceipt, type RunBasis, type RunRecord } from '../domain/run-record.js';
import { fileSha256 } from '../files/file-sha256.js';
import { systemCode } from '../files/system-code.js';
import { WhileUnchanged } from '../files/while-unchanged.js';
import type { BeamModels } from '../ports/beam-models.js';
import type { BeamStore } from '../ports/beam-store.js';
import type { CaseReader } from '../ports/case-reader.js';
import type { CaseStore } from '../ports/case-store.js';
import type { Clock } from '../ports/clock.js';
import type { ReceiptStore } from '../ports/receipt-store.js';
import type { ResourceStore } from '../ports/resource-store.js';
import type { RunBasisSource } from '../ports/run-basis-source.js';
import type { Settings } from '../ports/settings.js';
import { inputHashes } from './input-hashes.js';
import { writeWholeFile } from './steps/whole-file.js';

export interface RunRecorderDeps {
  readonly settings: Settings;
  readonly folders: Folders;
  readonly cases: CaseStore;
  readonly beams: BeamStore;
  readonly receipts: ReceiptStore;
  readonly resources: ResourceStore;
  readonly models: BeamModels;
  readonly reader: Pick<CaseReader, 'inventory'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly softwareVersion: string;
}

/** Inputs of an engine in the folder of an attempt; logs and results are larger, or are no input. */
const INPUT_NAME = /\.(json|in|txt|csv)$/;
const SHA256_DIGITS = 64;
const LARGEST_INPUT = 16 * 2 ** 20;

/** Writes down how doses came to be (docs/operations.md, "How a dose came to be"). Safe to repeat. */
export class RunRecorder implements RunBasisSource {
  constructor(private readonly deps: RunRecorderDeps) {}

  /** What a calculation with these beam models would depend on now. */
  async basis(models: readonly string[]): Promise<RunBasis> {
    const { settings, softwareVersion } = this.deps;
    const { engine, interpretation, geometry, machines } = settings;
    const program =
      engine.kind === 'command' ? engine.command.argv?.[0] : engine.kind === 'moqui' ? engine.moqui.program : null;
    const interpreter = interpretation.kind === 'command' ? interpretation.command.argv?.[0] : null;
    return plain({
      service: softwareVersion,
      node: process.version,
      engine: { kind: engine.kind, parameters: engine, programSha256: await programSha256(program) },
      interpretation: { parameters: interpretation, programSha256: await programSha256(interpreter) },
      geometry,
      machines,
      beamModels: Object.fromEntries(
        await Promise.all(models.map(async (name) => [name, await this.#modelSha256(name)] as const)),
      ),
    });
  }

  /**
   * Notes what the calculation of a case is begun with; again only where it differs from what was noted last.
   * @param models of its beams (`modelsOf`)
   * @param again false: no job has been started yet, so what was noted before is replaced
   */
  async noteBasis(kase: Case, models: readonly string[], again: boolean): Promise<void> {
    const now = await this.basis(models);
    const noted = await this.#noted(kase);
    if (JSON.stringify(noted.at(-1)) === JSON.stringify(now)) return;
    await writeWholeFile(this.#path(kase, BASIS_NAME), `${JSON.stringify(again ? [...noted, now] : [now])}\n`);
  }

  /** Notes the hash of each dropped file, right after the engine's input was made of them. */
  async noteInputs(kase: Case, signal: AbortSignal): Promise<void> {
    const { folders } = this.deps;
    const { inputs } = parseAcceptedCase(await readFile(folders.inventory(kase), 'utf8'));
    const hashes = await inputHashes(folders.dropped(kase), inputs, signal);
    await writeWholeFile(this.#path(kase, INPUTS_NAME), `${JSON.stringify(hashes)}\n`);
  }

  /** Files that have come since are among those that are not used. */
  async inputs(kase: Case, signal: AbortSignal): Promise<readonly InputHash[] | null> {
    const { folders, reader } = this.deps;
    const text = await readOrNull(folders.inventory(kase));
    const known = text === null ? [] : parseAcceptedCase(text).inputs;
    if (known.length === 0) return null;
    const folder = folders.dropped(kase);
    const paths = new Set(known.map(({ path }) => path));
    const others = known.filter(({ role }) => role === 'other').length;
    const come = filesOf(await reader.inventory(folder, signal)).filter((path) => !paths.has(path));
    return inputHashes(folder, [...known, ...numbered('other', come.toSorted(), others + 1)], signal);
  }

  /** Writes `record.json`; called when the doses are delivered to every target that is not optional. */
  async record(kase: Case): Promise<void> {
    const { cases, beams, receipts, folders, clock } = this.deps;
    const [rows, attempts] = [await beams.ofCase(kase.id), await cases.attemptsOf(kase.id)];
    const record: RunRecord = {
      format: 'mqi-record/1',
      caseId: kase.id,
      run: kase.run,
      planSopInstanceUid: kase.planSopInstanceUid,
      fingerprint: kase.fingerprint,
      calculationKey: kase.calculationKey,
      bases: await this.#noted(kase),
      dropped: await this.#hashed(kase),
      inputs: { plan: await fileSha256(folders.planCopy(kase)), ct: await fileSha256(folders.ctImage(kase)) },
      steps: attempts.filter(({ beamNumber }) => beamNumber === null).map(stepOf),
      beams: await Promise.all(rows.map((beam) => this.#beam(kase, beam, attempts))),
      planDoseSha256: await fileSha256(folders.planDose(kase)),
      receiptsAsOf: new Date(clock.now()).toISOString(),
      receipts: (await receipts.ofCase(kase.id)).map(receiptOf),
    };
    await writeWholeFile(this.#path(kase, RECORD_NAME), `${JSON.stringify(record, null, 2)}\n`);
  }

  async #beam(kase: Case, beam: Beam, attempts: readonly Attempt[]): Promise<object> {
    const { folders, resources } = this.deps;
    const { beamNumber, layers, spots, meterset, energyMinMeV, energyMaxMeV, gantryAngleDeg, attempt } = beam;
    const place = (await resources.all()).find(({ id }) => id === beam.resourceId);
    return {
      beamNumber,
      ...{ layers, spots, meterset, energyMinMeV, energyMaxMeV, gantryAngleDeg },
      inputs: {
        beam: await fileSha256(folders.beamInput(kase, beamNumber)),
        geometry: await fileSha256(folders.geometry(kase, beamNumber)),
        engine: await inputsIn(folders.attempt(kase, beamNumber, attempt)),
      },
      engineRecord: await engineRecord(folders.attempt(kase, beamNumber, attempt)),
      host: beam.host,
      place: place === undefined ? beam.resourceId : { id: place.id, name: place.name, driver: place.driver },
      attempts: attempts.filter((row) => row.beamNumber === beamNumber).map(stepOf),
      doseSha256: beam.resultSha256,
    };
  }

  /** Names of the beam models of an interpreted case. */
  async modelsOf(kase: Case): Promise<readonly string[]> {
    const beams = await this.deps.beams.ofCase(kase.id);
    const names = await Promise.all(
      beams.map(async ({ beamNumber }) => {
        const text = await readOrNull(this.deps.folders.beamInput(kase, beamNumber));
        return text === null ? null : (JSON.parse(text) as { readonly beamModel?: string }).beamModel;
      }),
    );
    return [...new Set(names.filter((name) => typeof name === 'string'))].sort();
  }

  async #modelSha256(name: string): Promise<string> {
    const model = await this.deps.models.byName(name);
    return createHash('sha256').update(JSON.stringify(model)).digest('hex');
  }

  async #noted(kase: Case): Promise<readonly RunBasis[]> {
    const text = await readOrNull(this.#path(kase, BASIS_NAME));
    return text === null ? [] : (JSON.parse(text) as RunBasis[]);
  }

  async #hashed(kase: Case): Promise<readonly InputHash[] | null> {
    const text = await readOrNull(this.#path(kase, INPUTS_NAME));
    return text === null ? null : (JSON.parse(text) as InputHash[]);
  }

  #path(kase: Case, name: string): string {
    return join(this.deps.folders.work(kase), name);
  }
}

/** Where it lies at the target may name the folder, which may name a patient. */
const receiptOf = ({
  target,
  sopInstanceUid,
  status,
  sha256,
  verifiedBy,
  at,
  sentAs,
}: KeptReceipt): RecordedReceipt => ({
  target,
  sopInstanceUid,
  sentUid: sentAs?.sopInstanceUid ?? null,
  status: status === 'delivered' ? 'delivered' : 'not-delivered-by-then',
  sha256,
  verifiedBy,
  at: new Date(at).toISOString(),
});

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

const stepOf = ({ step, beamNumber, attempt, startedAt, finishedAt, outcome, host, resourceId }: Attempt): object => ({
  step,
  attempt,
  startedAt: iso(startedAt),
  durationMs: finishedAt === null ? null : finishedAt - startedAt,
  outcome,
  ...(beamNumber === null ? {} : { host, place: resourceId }),
});

/** As it will be read back: without what JSON does not have. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Programs may be large, and every case asks. */
const PROGRAMS = new WhileUnchanged(fileSha256);

/** Of a program named by its whole path; null for one that is found by name, or lies on another machine. */
const programSha256 = (program: string | null | undefined): Promise<string | null> =>
  typeof program === 'string' && isAbsolute(program) ? PROGRAMS.of(program) : Promise.resolve(null);

/** SHA-256 by name of what the engine was given there. */
async function inputsIn(folder: string): Promise<Readonly<Record<string, string | null>>> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  });
  const hashes: Record<string, string | null> = {};
  for (const name of names.filter((each) => INPUT_NAME.test(each)).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).size <= LARGEST_INPUT) hashes[name] = await fileSha256(path);
  }
  return hashes;
}

/** What moqui was given, with its seed's source and histories; null for other engines. */
async function engineRecord(folder: string): Promise<object | null> {
  const text = await readOrNull(join(folder, 'moqui.json'));
  if (text === null) return null;
  const { dialect, histories, programSha256: before, inputSha256, toGy } = JSON.parse(text) as Record<string, unknown>;
  // Written by the job, of the program where it ran; earlier versions noted it before.
  const hashed = (await readOrNull(join(folder, 'program.sha256')))?.slice(0, SHA256_DIGITS) ?? '';
  return { dialect, histories, programSha256: hashed === '' ? (before ?? null) : hashed, inputSha256, toGy };
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

import type { BeamState } from './beam-machine.js';
import type { Failure } from './errors.js';
import type { EpochMs } from './time.js';

/** What the plan says of a beam: written once, when the case is validated. */
export interface BeamFigures {
  /** The plan's BeamNumber: may be 0, need not be contiguous. */
  readonly beamNumber: number;
  readonly name: string;
  /** TreatmentMachineName. */
  readonly machine: string;
  readonly gantryAngleDeg: number;
  /** Control points that carry weight. */
  readonly layers: number;
  /** All spots of those layers, zero-weight ones included. */
  readonly spots: number;
  /** BeamMeterset, in MU or, for NP plans, number of protons. */
  readonly meterset: number;
  readonly energyMinMeV: number;
  readonly energyMaxMeV: number;
}

/** A beam as validation leaves it. */
export interface ValidatedBeam extends BeamFigures {
  /** The dose that an earlier run of the folder made and that stands for this run's too. */
  readonly made?: Pick<Beam, 'startedAt' | 'finishedAt' | 'resultPath' | 'resultSha256'>;
}

/** A treatment beam of a case on its way to a dose; SETUP beams have no row. */
export interface Beam extends BeamFigures {
  /** `<caseId>/<beamNumber>`: the primary key. */
  readonly id: string;
  readonly caseId: string;
  readonly state: BeamState;
  readonly version: number;
  /** 0-100 of the present attempt. */
  readonly progress: number;
  /** Attempts begun: also the fencing token. Only the holder of the present number may write a result. */
  readonly attempt: number;
  /** Failed attempts since the beam was last set going by the service or an operator. */
  readonly failures: number;
  readonly notBefore: EpochMs | null;
  /** How the job is found again; null when none was submitted in this attempt. */
  readonly job: JobHandle | null;
  /** What its submitted job waits for before it begins (a cluster's queue), in words; null otherwise. */
  readonly waitingFor: string | null;
  /** Id of the slot's GPU or CPU place (table `gpu_resources`) while a job holds it, and of the last one after. */
  readonly resourceId: string | null;
  readonly host: string | null;
  readonly startedAt: EpochMs | null;
  readonly finishedAt: EpochMs | null;
  readonly error: Failure | null;
  /** Path of the beam's RT Dose, relative to the root, once converted. */
  readonly resultPath: string | null;
  readonly resultSha256: string | null;
}

/** Identity of a submitted job, enough to find it after a restart of the service or of the machine. */
export interface JobHandle {
  readonly scheduler: 'direct' | 'slurm';
  readonly host: string;
  /** Folder of the attempt, absolute on the host: holds job.json, engine.log, exit.code. */
  readonly folder: string;
  /** Process id of the group leader (direct) or the Slurm job id, as text. */
  readonly id: string;
  /** With `id` it names one process for ever: start time in clock ticks since boot, and the boot's id (direct). */
  readonly processStartTicks: string | null;
  readonly bootId: string | null;
}

export const beamId = (caseId: string, beamNumber: number): string => `${caseId}/${String(beamNumber)}`;

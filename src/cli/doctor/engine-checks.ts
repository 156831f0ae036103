import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toCaseError, type CaseError } from '../../domain/errors.js';
import { afterLook, LEFT_TO_OTHERS, isGpuNamed } from '../../domain/gpu-rules.js';
import { moquiCalibrationAborts, moquiUnknownKeys } from '../../domain/moqui-parameters.js';
import { slurmHosts } from '../../domain/host-scheduler.js';
import type { SeenResource } from '../../domain/resource.js';
import type { BeamModels } from '../../ports/beam-models.js';
import type { GpuFinder } from '../../ports/gpu-finder.js';
import type { Settings } from '../../ports/settings.js';
import { broken, doubtful, fine, withoutCase, type Finding } from './finding.js';

/** The embedded engine, compiled beside this program. */
const PENCIL_BEAM = fileURLToPath(new URL('../../pencil-beam/main.js', import.meta.url));

/** The engine's program is there and may be run. */
export async function checkEngine({ engine, execution }: Settings, searchPath: string): Promise<Finding> {
  if (engine.kind !== 'pencil-beam' && !runsHere(execution)) {
    return fine(
      'engine',
      'no job runs on this machine: its program is looked for on the hosts, and by the engine test',
    );
  }
  if (engine.kind === 'pencil-beam') {
    const there = await isAllowed(PENCIL_BEAM, constants.R_OK);
    return there
      ? fine('engine', 'the embedded pencil-beam engine is there')
      : broken('engine', 'the embedded pencil-beam engine is missing', 'build again: npm run build');
  }
  if (engine.kind === 'moqui') return checkMoqui(engine.moqui, searchPath);
  const [program = ''] = engine.command.argv ?? [];
  const found = await findProgram(program, searchPath);
  return found === null
    ? broken('engine', `the program ${program} is not found or may not be run`, mendProgram('engine.command.argv'))
    : fine('engine', `the program ${found} is there`);
}

/** Whether some job is started as a process of this machine. */
const runsHere = (execution: Settings['execution']): boolean =>
  execution.hosts.some(({ name, kind }) => kind === 'local' && !slurmHosts(execution).includes(name));

/** What a job of moqui is started with, on this machine. */
async function checkMoqui(
  { program, dialect, machineFile, parameters }: Settings['engine']['moqui'],
  searchPath: string,
): Promise<Finding> {
  const found = await findProgram(program ?? '', searchPath);
  if (found === null) {
    return broken(
      'engine',
      `the program ${program ?? ''} is not found or may not be run`,
      mendProgram('engine.moqui.program'),
    );
  }
  if ((await findProgram('stdbuf', searchPath)) === null) {
    return broken('engine', 'stdbuf is not found', 'install GNU coreutils: without it there is no progress');
  }
  if (dialect === 'upstream' && !(await isAllowed(machineFile ?? '', constants.R_OK))) {
    return broken('engine', 'the beam data of the machine cannot be read', 'mend engine.moqui.machineFile');
  }
  const unknown = moquiUnknownKeys(Object.keys(parameters), dialect);
  if (unknown.length > 0) {
    return doubtful(
      'engine',
      `moqui of dialect ${dialect} is not known to read ${unknown.join(', ')}; it ignores what it does not know without a word`,
      'mend the names in engine.moqui.parameters, unless they are of your build',
    );
  }
  if (moquiCalibrationAborts(parameters, dialect)) {
    return doubtful(
      'engine',
      'the public moqui ends itself over a Calibration other than default',
      'take Calibration out of engine.moqui.parameters, unless your build knows it',
    );
  }
  return fine('engine', `the program ${found} is there`);
}

/** The program of a `command` upload target is there and may be run. */
export async function checkUploadProgram(
  { name, command }: Settings['uploads'][number],
  searchPath: string,
): Promise<Finding> {
  const [program = ''] = command?.argv ?? [];
  const found = await findProgram(program, searchPath);
  const line = `upload ${name}, program`;
  return found === null
    ? broken(line, `the program ${program} is not found or may not be run`, mendProgram('command.argv of that target'))
    : fine(line, `the program ${found} is there`);
}

const mendProgram = (option: string): string =>
  `mend ${option}, or let the user of the service run the program (chmod +x)`;

async function findProgram(program: string, searchPath: string): Promise<string | null> {
  const candidates =
    isAbsolute(program) || program.includes('/')
      ? [program]
      : searchPath.split(delimiter).map((folder) => join(folder, program));
  for (const candidate of candidates) if (await isAllowed(candidate, constants.X_OK)) return candidate;
  return null;
}

/** Every machine of the configuration has a beam model that can be read. */
export async function checkBeamModels({ machines }: Settings, models: BeamModels): Promise<Finding> {
  const names = [...new Set(machines.map(({ beamModel }) => beamModel))];
  for (const name of names) await models.byName(name);
  return fine('beam models', names.length === 0 ? 'every machine gets the generic one' : names.join(', '));
}

/** The GPUs, or CPU places, that jobs get: some must be in service and allowed. */
export async function checkPlaces(finder: GpuFinder, { execution }: Settings): Promise<Finding> {
  const { gpus: names, minFreeGpuMiB, gpusPerBeam } = execution;
  const { seen, troubles } = await lookAtAll(finder);
  const places = afterLook([], seen, { ...names, minFreeMiB: minFreeGpuMiB }, new Set());
  const [trouble] = troubles;
  if (trouble !== undefined) {
    const words = [...troubles.map(({ message }) => message), ...places.map(({ id }) => id)].join('; ');
    return broken('GPUs', words, withoutCase(trouble.remedy));
  }
  const gpus = places.filter(({ kind }) => kind === 'gpu');
  if (gpus.length === 0) return checkCpuPlaces(places, slurmHosts(execution));
  return checkGpus(gpus, gpusPerBeam === 'all' ? 1 : gpusPerBeam, namesOfNoGpu(places, names));
}

/** @param nameless what `execution.gpus` names that is no GPU, in words */
function checkGpus(gpus: readonly Place[], wanted: number, nameless: string | null): Finding {
  const words = gpus
    .map(
      ({ id, name, outOfService, occupied }) =>
        `${id} (${[name, outOfService ?? occupied].filter(Boolean).join(', ')})`,
    )
    .concat(nameless ?? [])
    .join('; ');
  const troubles = gpus.flatMap(({ outOfService }) => outOfService ?? []);
  if (gpus.length - troubles.length < wanted) {
    return broken('GPUs', words, 'mend them, or change execution.gpus or execution.gpusPerBeam');
  }
  if (nameless !== null) return doubtful('GPUs', words, 'correct allow and deny of execution.gpus');
  const faulty = troubles.some((trouble) => trouble !== LEFT_TO_OTHERS);
  return faulty ? doubtful('GPUs', words, 'the others are used; see docs/gpus-and-clusters.md') : fine('GPUs', words);
}

type Place = ReturnType<typeof afterLook>[number];

/** A slip of the pen, or a card that was changed: with `allow` the GPU that was meant stands idle. Null while a host is away. */
function namesOfNoGpu(places: readonly SeenResource[], { allow, deny }: Settings['execution']['gpus']): string | null {
  if (places.some(({ away }) => away !== undefined)) return null;
  const strange = [...allow, ...deny].filter((name) => !places.some((place) => isGpuNamed(place, name)));
  return strange.length === 0 ? null : `execution.gpus names ${strange.join(', ')}, which no GPU is called`;
}

/** The places of all hosts, and why the GPUs of some cannot be listed. */
async function lookAtAll(
  finder: GpuFinder,
): Promise<{ readonly seen: readonly SeenResource[]; readonly troubles: readonly CaseError[] }> {
  const looks = await Promise.allSettled(finder.hosts.map((host) => finder.find(host)));
  return {
    seen: looks.flatMap((look) => (look.status === 'fulfilled' ? look.value : [])),
    troubles: looks.flatMap((look) => (look.status === 'rejected' ? [toCaseError(look.reason)] : [])),
  };
}

/** Those of a host that cannot be asked count for nothing: its own line says why. */
function checkCpuPlaces(places: readonly SeenResource[], queues: readonly string[]): Finding {
  const there = places.filter(({ away }) => away === undefined);
  const queued = there.filter(({ host }) => queues.includes(host)).length;
  const near = there.length - queued;
  if (queued > 0) {
    const ours = near === 0 ? '' : `; ${String(near)} CPU ${near === 1 ? 'place' : 'places'} beside them`;
    return fine('GPUs', `those that Slurm gives its jobs, ${String(queued)} jobs at a time${ours}`);
  }
  if (near > 0) return fine('GPUs', `none; ${String(near)} CPU ${near === 1 ? 'place' : 'places'}`);
  const [away] = places.flatMap((place) => place.away ?? []);
  return away === undefined
    ? doubtful('GPUs', 'no GPU and no CPU place was found', 'set execution.slots')
    : broken('GPUs', `none can be seen: ${away}`, 'make its host reachable: see the line of that host');
}

async function isAllowed(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    // Missing or forbidden: either way it cannot be used.
    return false;
  }
}

import { slurmHosts } from '../domain/host-scheduler.js';
import { isAbsolute, relative } from 'node:path';
import { moquiDoubledKey, moquiParameterProblem } from '../domain/moqui-parameters.js';
import { against, type Check, type Contradiction, unknownPlaceholders } from './against.js';
import { notifications } from './notification-contradictions.js';
import type { Settings } from './settings.js';
import { uploadTargets } from './upload-contradictions.js';
import { webPage } from './web-contradictions.js';

const database: Check = ({ database: { kind, url } }) => [
  against(
    kind === 'postgres' && url === null,
    'database.url',
    'must be given when database.kind is postgres',
    'database.kind',
  ),
  against(
    kind === 'sqlite' && url !== null,
    'database.url',
    'is only for database.kind postgres; with sqlite leave it out',
    'database.kind',
  ),
];

const retries: Check = ({ processing: { retryDelaySeconds, retryDelayCapSeconds } }) => [
  against(
    retryDelaySeconds > retryDelayCapSeconds,
    'processing.retryDelaySeconds',
    `must not be more than processing.retryDelayCapSeconds, which is ${String(retryDelayCapSeconds)}`,
    'processing.retryDelayCapSeconds',
  ),
];

const PHASES = ['validated', 'interpreted', 'simulated', 'assembled'] as const;

const phases: Check = ({ progressTracking: { coarsePhaseProgress: percent } }) =>
  PHASES.slice(1).map((phase, before) => {
    const earlier = PHASES[before] ?? 'validated';
    const key = `progressTracking.coarsePhaseProgress.${phase}`;
    return against(
      percent[phase] <= percent[earlier],
      key,
      `must be more than that of ${earlier}, which is ${String(percent[earlier])}: progress rises from phase to phase`,
      `progressTracking.coarsePhaseProgress.${earlier}`,
    );
  });

const ENGINE_PLACEHOLDERS = ['{input}', '{geometry}', '{output}', '{workDir}', '{beamNumber}', '{gpus}', '{ct}'];
const INTERPRETER_PLACEHOLDERS = ['{case}', '{plan}', '{output}', '{workDir}', '{caseId}', '{run}'];

const engine: Check = ({ engine: { kind, command } }) => commandOf('engine', kind, command.argv, ENGINE_PLACEHOLDERS);

const moqui: Check = ({ engine: { kind, moqui }, geometry: { phantom }, machines, execution: { gpusPerBeam } }) => [
  ...neededFor(kind, moqui, machines),
  against(
    kind === 'moqui' && gpusPerBeam !== 1,
    'execution.gpusPerBeam',
    'must be 1 for moqui, which calculates a beam on one GPU: others would be held idle',
    'engine.kind',
  ),
  against(
    kind === 'moqui' && moqui.dialect === 'log' && !Number.isInteger(phantom.spacingMm),
    'geometry.phantom.spacingMm',
    'must be a whole number for moqui of dialect log, which reads whole millimetres only',
    'engine.kind',
    'engine.moqui.dialect',
  ),
  against(
    kind === 'moqui' && moqui.dialect === 'log' && !machines.some(({ gantryNumber }) => gantryNumber !== null),
    'machines',
    'must give gantryNumber 1 or 2 to the machines that moqui of dialect log is to calculate',
    'engine.kind',
    'engine.moqui.dialect',
  ),
  against(
    moquiDoubledKey(Object.keys(moqui.parameters)) !== null,
    'engine.moqui.parameters',
    `has ${moquiDoubledKey(Object.keys(moqui.parameters)) ?? ''} twice: upper and lower case are alike to moqui`,
  ),
  ...Object.entries(moqui.parameters).map(([key, value]) => {
    const problem = moquiParameterProblem(key, value);
    return against(problem !== null, 'engine.moqui.parameters', `${key} ${problem ?? ''}`);
  }),
];

/** What the chosen dialect cannot do without. */
const neededFor = (
  kind: string,
  { program, dialect, machineFile, countsPerMeterset }: Settings['engine']['moqui'],
  machines: Settings['machines'],
) => {
  const calibrated = machines.some(({ calibration }) => (calibration?.countsPerMu ?? null) !== null);
  const missing = (wanted: boolean, name: string, when: string): Contradiction | false =>
    against(kind === 'moqui' && wanted, `engine.moqui.${name}`, `must be given when ${when}`, 'engine.kind');
  return [
    missing(program === null, 'program', 'engine.kind is moqui'),
    missing(dialect === 'upstream' && machineFile === null, 'machineFile', 'engine.moqui.dialect is upstream'),
    missing(
      dialect === 'log' && countsPerMeterset === null && !calibrated,
      'countsPerMeterset',
      'engine.moqui.dialect is log and no machine has countsPerMu in its calibration',
    ),
  ];
};

const interpretation: Check = ({ interpretation: { kind, command } }) =>
  commandOf('interpretation', kind, command.argv, INTERPRETER_PLACEHOLDERS);

/** A program for kind command, with placeholders that we know. */
const commandOf = (section: string, kind: string, argv: readonly string[] | null, placeholders: readonly string[]) => [
  against(
    kind === 'command' && argv === null,
    `${section}.command.argv`,
    `must be given when ${section}.kind is command`,
    `${section}.kind`,
  ),
  ...unknownPlaceholders(`${section}.command.argv`, argv ?? [], placeholders),
];

const geometry: Check = ({ geometry: { huToRsp } }) => [
  against(
    huToRsp.some(([hu], i) => hu <= (huToRsp[i - 1]?.[0] ?? -Infinity)),
    'geometry.huToRsp',
    'must have its HU values rising',
  ),
];

const hosts: Check = ({ execution: { hosts: all } }) =>
  all.flatMap(({ name, kind, host, workDir }, i) => {
    const key = `execution.hosts[${String(i)}]`;
    return [
      against(
        all.findIndex((other) => other.name === name) < i,
        `${key}.name`,
        'must differ from the names of the other hosts',
      ),
      against(kind === 'ssh' && host === null, `${key}.host`, 'must be given for a host of kind ssh'),
      against(kind === 'ssh' && workDir === null, `${key}.workDir`, 'must be given for a host of kind ssh'),
    ];
  });

/** What is ours to say to sbatch: by these a job is found again, followed and not run twice. */
const OURS_TO_SAY = [
  'job-name', 'comment', 'chdir', 'output', 'error', 'input', 'array', 'wait', 'wrap', 'requeue', 'no-requeue', 'parsable',
  'quiet', 'hold', 'test-only', 'cluster', 'clusters', 'export', 'signal', 'open-mode', 'help', 'usage', 'version', 'uid',
]; // prettier-ignore
const OURS_IN_SHORT = /^-[JDoeaWiHMQhV]/;

/** sbatch takes long options also by their beginnings. */
const isOursToSay = (argument: string): boolean => {
  const [, name] = /^--([^=]*)/.exec(argument) ?? [];
  return name === undefined ? OURS_IN_SHORT.test(argument) : OURS_TO_SAY.some((option) => option.startsWith(name));
};

/** `--mem 16G` in one: sbatch knows no option of that name. */
const isTwoArguments = (argument: string): boolean => /^-[^=]*\s/.test(argument);

const slurm: Check = ({ execution }) => {
  const { hosts: all, slots, gpusPerBeam, slurm: options } = execution;
  const clusters = slurmHosts(execution).length;
  const rule = (broken: boolean, key: string, text: string): Contradiction | false =>
    against(broken, `execution.${key}`, text, 'execution.scheduler');
  const alone = 'when Slurm starts all jobs';
  return [
    rule(clusters > 1, 'hosts', 'must hold one host at most where Slurm starts jobs; give others scheduler: direct'),
    rule(
      clusters === all.length && slots !== 'auto',
      'slots',
      `must be auto (execution.slurm.maxJobs says how many jobs there are) ${alone}`,
    ),
    rule(
      clusters === all.length && gpusPerBeam !== 1,
      'gpusPerBeam',
      `must be 1 (execution.slurm.gres says how many GPUs a job gets) ${alone}`,
    ),
    ...options.extra.flatMap((argument) => [
      against(
        isOursToSay(argument),
        'execution.slurm.extra',
        `must not hold ${argument}: the service says that itself`,
      ),
      against(
        isTwoArguments(argument),
        'execution.slurm.extra',
        `must not hold "${argument}": write ${argument.replace(/\s+/, '=')}, or -x and its value without blank`,
      ),
    ]),
  ];
};

/** True when one folder is, or holds, the other. Both absolute. */
const overlap = (a: string, b: string): boolean => isWithin(a, b) || isWithin(b, a);
const isWithin = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (!/^\.\.($|[\\/])/.test(way) && !isAbsolute(way));
};

/** Every inbox, with the key that says where it lies. */
const inboxKeys = ({
  intake: { inbox, inboxes },
}: Settings): readonly { readonly key: string; readonly path: string }[] => [
  { key: 'intake.inbox', path: inbox },
  ...inboxes.map(({ path }, i) => ({ key: `intake.inboxes[${String(i)}].path`, path })),
];

const folders: Check = (settings) =>
  inboxKeys(settings).flatMap(({ key, path: inbox }) => apartFromOurs(settings, key, inbox));

/** Nothing of ours lies in an inbox, and no inbox in what is ours. */
const apartFromOurs = (
  { root, database: { kind, path }, uploads }: Settings,
  key: string,
  inbox: string,
): readonly (Contradiction | false)[] => [
  against(isWithin(root, inbox), key, 'must not be or hold the root: nothing of ours is written there', 'root'),
  ...['work', 'logs'].map((name) =>
    against(overlap(inbox, `${root}/${name}`), key, `must not overlap the folder ${name} of the root`, 'root'),
  ),
  against(kind === 'sqlite' && isWithin(path, inbox), 'database.path', 'must not lie in the inbox', key),
  ...uploads.map(({ path: target }, i) =>
    against(
      target !== null && overlap(target, inbox),
      `uploads[${String(i)}].path`,
      'must not overlap the inbox: nothing is written to the inbox, and results would come in as cases',
      key,
    ),
  ),
];

/** A folder that lies in two inboxes would be taken twice. */
const inboxes: Check = (settings) => {
  const { inboxes: further } = settings.intake;
  const all = inboxKeys(settings);
  return [
    ...further.map(({ name }, i) =>
      against(
        further.findIndex((other) => other.name === name) < i,
        `intake.inboxes[${String(i)}].name`,
        'must differ from the names of the other inboxes',
      ),
    ),
    ...all.flatMap(({ key, path }, i) =>
      all
        .slice(0, i)
        .map((earlier) =>
          against(overlap(path, earlier.path), key, `must not be, hold or lie in ${earlier.key}`, earlier.key),
        ),
    ),
  ];
};

/** Everything in valid settings (paths absolute) that does not go together. */
export function contradictions(settings: Settings): readonly Contradiction[] {
  return [
    database,
    retries,
    phases,
    interpretation,
    engine,
    moqui,
    geometry,
    hosts,
    slurm,
    uploadTargets,
    inboxes,
    folders,
    webPage,
    notifications,
  ]
    .flatMap((check) => check(settings))
    .filter((found) => found !== false);
}

import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MadeDose } from '../../src/ports/dose-maker.js';
import type { UploadTarget } from '../../src/ports/upload-target.js';
import { aCase } from '../builders/a-case.js';
import { aDicomDose, freshUid } from '../builders/a-dicom-dose.js';
import { DICOM_WEB, dicomOptions, Orthanc, startStorescp } from '../dicom-peers.js';
import { targetOf, type TargetSpec } from '../faults/delivery/target-spec.js';
import { withSection } from '../faults/kills/record-sections.js';
import type { Daemon } from '../mounts/daemon.js';
import { SftpServer } from '../mounts/sftp-server.js';

/*
 * Objects of 8 MB to each kind of target, against the plain tool that does the same and proves it the same way, in turns, so that
 * both meet the same machine: megabytes a second, their ratio (wanted: 0.8 or more), and by how much the memory of the service
 * grew (wanted: under 100 MB). DELIVERY_OBJECTS: how many, 200 by default; DELIVERY_RECORD=yes writes the figures to docs/delivery-record.md too. Needs root for sshd.
 */
const OBJECTS = Number(process.env['DELIVERY_OBJECTS'] ?? 200);
const ROUNDS = 4;
const FRAMES = 1024; // of 8 KiB
const KINDS = ['folder', 'sftp', 'dicom', 'dicomweb', 'command'];
const never = new AbortController().signal;

const place = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const shell = (script: string, ...args: readonly string[]): void => {
  execFileSync('sh', ['-ec', script, 'sh', ...args], { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 28 });
};

const rows: string[] = [];
const RECORD = fileURLToPath(new URL('../../../docs/delivery-record.md', import.meta.url));

function record(): void {
  const [load = 0] = loadavg();
  const body = `## Throughput against the plain tool

${String(OBJECTS)} objects of ${((FRAMES * 8192) / 1e6).toFixed(1)} MB each way, in turns of ${String(ROUNDS)} rounds. Wanted: a ratio of 0.80, memory under 100 MB.

| target | MB/s | plain tool | MB/s | ratio | memory grew by, MB |
|---|---|---|---|---|---|
${rows.join('\n')}

${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${String(cpus().length)} processors, load ${load.toFixed(0)} (other work was running where it is above 2).
Again: \`DELIVERY_RECORD=yes npm run bench -- delivery\`.`;
  writeFileSync(RECORD, withSection(readFileSync(RECORD, 'utf8'), 'throughput', body));
}

/** What is measured: the service's target, and the plain tool for the same objects. */
interface Contest {
  readonly tool: string;
  readonly spec: TargetSpec;
  readonly plain: (doses: readonly MadeDose[]) => void;
  readonly end: () => Promise<void> | void;
}

const paths = (doses: readonly MadeDose[]): readonly string[] => doses.map(({ path }) => path);

function folder(): Contest {
  const plain = join(place, 'plain');
  mkdirSync(plain);
  const script = 'd=$1; shift; for f; do cp "$f" "$d"; sync "$d/${f##*/}"; sha256sum "$d/${f##*/}"; done';
  return {
    tool: 'cp, sync, sha256sum',
    spec: { kind: 'folder', options: { name: 't', path: join(place, 'ours'), makeMissing: true } },
    plain: (doses) => {
      shell(script, plain, ...paths(doses));
    },
    end: () => undefined,
  };
}

async function sftp(): Promise<Contest> {
  const server = new SftpServer();
  await server.start();
  const options = server.options();
  const batch = join(place, 'batch');
  const script = `sftp -q -b "$1" -F none -P ${String(options.port)} -i ${String(options.keyFile)} -o IdentitiesOnly=yes \
    -o UserKnownHostsFile=${options.knownHosts} -o StrictHostKeyChecking=yes nobody@127.0.0.1; cd "$2"; sha256sum *; rm *`;
  const back = join(place, 'back');
  mkdirSync(back);
  return {
    tool: 'sftp put -f, get, sha256sum',
    spec: { kind: 'sftp', options, limits: { connectMs: 20_000, answerMs: 30_000, idleMs: 2_000 } },
    plain: (doses) => {
      const lines = doses.flatMap(({ path, sopInstanceUid: uid }) => [
        `put -f ${path} /in/${uid}`,
        `get /in/${uid} ${back}/${uid}`,
      ]);
      writeFileSync(batch, lines.join('\n'));
      shell(script, batch, back);
    },
    end: () => server.stop(),
  };
}

/** An Orthanc for each, since it would know the objects of the other. */
async function dicom(): Promise<Contest> {
  const [ours, theirs] = [await orthanc('pacs-ours'), await orthanc('pacs-theirs')];
  const find = `findscu -aet MQI -aec ORTHANC -S -k QueryRetrieveLevel=IMAGE -k SOPInstanceUID=`;
  return {
    tool: 'storescu, findscu',
    spec: { kind: 'dicom', options: dicomOptions(ours.port) },
    plain: (doses) => {
      shell(`storescu -aet MQI -aec ORTHANC 127.0.0.1 ${String(theirs.port)} "$@"`, ...paths(doses));
      for (const { sopInstanceUid: uid } of doses) {
        shell(`${find}${uid} 127.0.0.1 ${String(theirs.port)}`);
      }
    },
    end: () => ended(ours.daemon, theirs.daemon),
  };
}

/** Against dcmtk's own server, which does nothing else than write the file. */
async function storescp(): Promise<Contest> {
  const ours = await startStorescp(join(place, 'scp-ours'));
  const theirs = await startStorescp(join(place, 'scp-theirs'));
  return {
    tool: 'sha256sum, storescu to storescp',
    spec: { kind: 'dicom', options: dicomOptions(ours.port, { verify: 'none' }) },
    plain: (doses) => {
      shell(`sha256sum "$@"; storescu -aet MQI 127.0.0.1 ${String(theirs.port)} "$@"`, ...paths(doses));
    },
    end: () => ended(ours.daemon, theirs.daemon),
  };
}

async function dicomweb(): Promise<Contest> {
  const [ours, theirs] = [await orthanc('web-ours'), await orthanc('web-theirs')];
  const secretFile = join(place, 'secret');
  writeFileSync(secretFile, 'secret\n');
  const url = (port: number): string => `http://127.0.0.1:${String(port)}/dicom-web`;
  const top = url(theirs.httpPort);
  // As little as can be done by hand: the body made by cat, sent, asked for, and fetched back.
  const script = `top=$1; body=$2; shift 2; while [ $# -gt 0 ]; do
    { printf -- '--b\\r\\nContent-Type: application/dicom\\r\\n\\r\\n'; cat "$1"; printf '\\r\\n--b--\\r\\n'; } > "$body"
    curl -sSf -u svc:secret -H 'Content-Type: multipart/related; type="application/dicom"; boundary=b' -H 'Expect:' \
      --data-binary "@$body" "$top/studies" -o /dev/null
    curl -sSf -u svc:secret "$top/instances?SOPInstanceUID=$2" -o /dev/null
    curl -sSf -u svc:secret -H 'Accept: multipart/related; type="application/dicom"' \
      "$top/studies/2.25.71/series/2.25.72/instances/$2" | sha256sum
    shift 2; done`;
  const login = { user: 'svc', secretFile, secretEnv: null, tls: null, timeoutSeconds: 60 };
  return {
    tool: 'curl STOW, QIDO, WADO, sha256sum',
    spec: {
      kind: 'dicomweb',
      options: { name: 't', url: url(ours.httpPort), ...login, verify: 'wado', warnings: 'delivered' },
    },
    plain: (doses) => {
      shell(script, top, join(place, 'body'), ...doses.flatMap(({ path, sopInstanceUid }) => [path, sopInstanceUid]));
    },
    end: () => ended(ours.daemon, theirs.daemon),
  };
}

function command(): Contest {
  const [ours, plain] = [join(place, 'command-ours'), join(place, 'command-plain')];
  for (const made of [ours, plain]) mkdirSync(made);
  const program = join(place, 'send');
  writeFileSync(program, '#!/bin/sh\ncp "$1" "$2" && sha256sum "$2/${1##*/}"\n', { mode: 0o755 });
  const argv = [program, '{file}', ours];
  return {
    tool: 'the program itself',
    spec: { kind: 'command', options: { name: 't', optional: false, argv, timeoutMinutes: 1, permanentExitCodes: [] } },
    plain: (doses) => {
      shell('p=$1; d=$2; shift 2; for f; do "$p" "$f" "$d"; done', program, plain, ...paths(doses));
    },
    end: () => undefined,
  };
}

const CONTESTS: Readonly<Record<string, readonly (() => Contest | Promise<Contest>)[]>> = {
  ...{ folder: [folder], sftp: [sftp], dicom: [dicom, storescp], dicomweb: [dicomweb], command: [command] },
};

async function orthanc(name: string): Promise<Orthanc> {
  const at = join(place, name);
  mkdirSync(at);
  return Orthanc.start(at, { ...DICOM_WEB, DicomAlwaysAllowFind: true });
}

async function ended(...daemons: readonly Daemon[]): Promise<void> {
  for (const daemon of daemons) await daemon.end();
}

/** Highest resident memory while the work runs, beyond what it was before, bytes. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let highest = before;
  const timer = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(highest, process.memoryUsage.rss()) - before;
}

async function delivered(target: UploadTarget, doses: readonly MadeDose[]): Promise<void> {
  const kase = aCase();
  // The folder names objects by their beam.
  for (const [i, dose] of doses.entries()) await target.deliver(kase, { ...dose, beamNumber: i + 1 }, never);
  await target.finish(kase, []);
}

async function contest(kind: string, make: () => Contest | Promise<Contest>): Promise<void> {
  const { tool, spec, plain, end } = await make();
  const target = targetOf(spec);
  const each = Math.ceil(OBJECTS / ROUNDS);
  let [ours, theirs, grown, bytes] = [0, 0, 0, 0];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const doses = Array.from({ length: each }, (_, i) =>
        aDicomDose(join(place, 'made', `${String(i)}.dcm`), { sopInstanceUid: freshUid(), frames: FRAMES }),
      );
      for (const { path } of doses) readFileSync(path); // both find them in memory
      const fromMs = performance.now();
      plain(doses);
      const betweenMs = performance.now();
      grown = Math.max(grown, await growth(() => delivered(target, doses)));
      ours += performance.now() - betweenMs;
      theirs += betweenMs - fromMs;
      bytes += doses.reduce((sum, dose) => sum + dose.bytes, 0);
    }
  } finally {
    await end();
  }
  const rate = (ms: number): string => (bytes / 1000 / ms).toFixed(0);
  const ratio = (theirs / ours).toFixed(2);
  const memory = (grown / 1e6).toFixed(0);
  rows.push(`| ${[kind, rate(ours), tool, rate(theirs), ratio, memory].join(' | ')} |`);
  print(
    `${kind}: ${rate(ours)} MB/s; ${tool}: ${rate(theirs)} MB/s; ratio ${ratio} (wanted: 0.80); ` +
      `memory grew by ${memory} MB (wanted: under 100)`,
  );
}

try {
  const wanted = process.argv.slice(2);
  print(`${String(OBJECTS)} objects of ${((FRAMES * 8192) / 1e6).toFixed(1)} MB to each`);
  for (const kind of wanted.length > 0 ? wanted : KINDS) {
    for (const make of CONTESTS[kind] ?? []) await contest(kind, make);
  }
  if (process.env['DELIVERY_RECORD'] === 'yes') record();
} finally {
  rmSync(place, { recursive: true, force: true });
}

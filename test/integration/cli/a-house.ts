import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../builders/a-command-line.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { dicomFile, element } from '../../builders/dicom-bytes.js';
import { realStores, sqliteOptions } from '../../real-stores.js';
import { runProgram } from '../../../src/cli/run-program.js';
import { buildContainer } from '../../../src/container.js';

export const PATIENT = {
  name: 'Mustermann^Ännchen^Quendolin',
  id: '00815-47110',
  birthDate: '19480229',
  operator: 'Sauerbruch^Ferdinand',
  folder: 'Zwiebelfisch_7',
  label: 'XAVER-PROSTATA',
  user: 'petersilie',
} as const;

/** A root with one case of that patient, whose folder lies in the inbox, and the command line on it. */
export class AHouse {
  readonly caseId = 'ctestcase0001';
  env: Record<string, string> = {};

  constructor(private readonly at: { readonly path: string }) {}

  get root(): string {
    return join(this.at.path, 'data');
  }

  /** Rows and files; `error` is what its beam failed with. */
  async furnish(error: string, yaml = ''): Promise<void> {
    const database = realStores(sqliteOptions(join(this.root, 'mqi.sqlite')));
    mkdirSync(join(this.root, 'inbox', PATIENT.folder), { recursive: true });
    mkdirSync(join(this.at.path, 'config'), { recursive: true });
    writeFileSync(join(this.at.path, 'config', 'mqi.yaml'), yaml);
    writeFileSync(join(this.root, 'inbox', PATIENT.folder, 'plan.dcm'), dicomOf(PATIENT));
    const failure = { code: 'engine.failed', severity: 'permanent', message: error, remedy: 'look' } as const;
    const kase = aCase({ id: this.caseId, folder: PATIENT.folder, planLabel: PATIENT.label, error: failure });
    await database.database.open();
    await database.seed({ cases: [kase], beams: [aBeam({ caseId: kase.id, beamNumber: 1, attempt: 1 })] });
    await database.database.close();
    this.write('logs/mqi.log', `{"level":"info","message":"service started"}\n`);
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(join(this.root, path, '..'), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  /** Runs the command line as it is shipped. */
  async run(...argv: string[]): Promise<Answer> {
    const written = { out: '', err: '' };
    const exit = await runProgram([...argv, '--root', this.root], {
      terminal: {
        out: (text) => void (written.out += text),
        err: (text) => void (written.err += text),
        columns: Infinity,
        interactive: false,
      },
      signal: new AbortController().signal,
      actor: `cli:${PATIENT.user}`,
      cwd: this.at.path,
      readSecret: () => Promise.resolve(''),
      env: { ...this.env, PATH: process.env['PATH'] ?? '' },
      now: () => Date.UTC(2026, 10, 26),
      wiring: {
        build: (settings) => Promise.resolve(buildContainer(settings)),
        runService: () => Promise.reject(new Error('no service here')),
      },
    });
    return { exit, ...written };
  }

  get bundles(): readonly string[] {
    return readdirSync(this.at.path).filter((name) => name.includes('mqi-support'));
  }

  /** Unpacked by tar; what is in each file, by path. */
  unpacked(): ReadonlyMap<string, string> {
    const [bundle = ''] = this.bundles;
    const into = join(this.at.path, 'unpacked');
    mkdirSync(into);
    execFileSync('tar', ['-xzf', join(this.at.path, bundle), '-C', into]);
    const files = readdirSync(into, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(into, path)).isFile(),
    );
    return new Map(files.map((path) => [path.slice(path.indexOf('/') + 1), readFileSync(join(into, path), 'utf8')]));
  }
}

/** As an importer of Western Europe writes it: Latin-1. */
function dicomOf(patient: typeof PATIENT): Buffer {
  return dicomFile([
    element('0008,0005', 'CS', 'ISO_IR 100'),
    element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.8'),
    element('0008,0018', 'UI', '1.2.3.4.5'),
    element('0008,0060', 'CS', 'RTPLAN'),
    element('0008,1070', 'PN', patient.operator),
    element('0010,0010', 'PN', Buffer.from(patient.name, 'latin1')),
    element('0010,0020', 'LO', patient.id),
    element('0010,0030', 'DA', patient.birthDate),
  ]);
}

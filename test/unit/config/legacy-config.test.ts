import { expect } from 'chai';
import { parse } from 'yaml';
import { legacyConfig, legacyConfigYaml } from '../../../src/config/legacy/legacy-config.js';
import { splitCommand } from '../../../src/config/legacy/split-command.js';
import { SettingsSchema } from '../../../src/config/settings.js';

/** As sites have it, with the values that matter. */
const FILE = `
ExecutionHandler: { CsvInterpreter: local, HpcJobSubmitter: remote }
paths:
  base_directory: /srv/moqui
  local:
    scan_directory: "{base_directory}/data/SHI_log"
    final_dicom_dir: "{base_directory}/data/Dose_dcm/{case_id}"
    database_path: "{base_directory}/data/mqi.db"
    mqi_run_dir: "{base_directory}/moqui"
executables: { local: { python: /opt/python } }
command_templates:
  local:
    interpret_csv: "cd {mqi_run_dir} && {python} main.py --logdir '{input path}'"
    submit_simulation: "cd {mqi_run_dir} && ./tps_env/tps_env {tps_input_file} > {log_path} 2>&1"
    notify: "mail -s done physics | tee log"
database: { cache_size_mb: 64, journal_mode: wal, connection_timeout_seconds: "45", busy_timeout_ms: 5000 }
processing: { max_case_retries: 5, scan_interval_seconds: never, hpc_job_timeout_seconds: 5400, max_workers: 4 }
completion_markers: { success_pattern: "Total (time):", failure_patterns: ["FATAL ERROR"] }
logging: { log_level: WARNING, max_file_size_mb: -3, tz_hours: 9 }
ui: { port: 8501, web: { port: 8080, host: 0.0.0.0 } }
moqui_tps_parameters: { TotalThreads: -1, ParticlesPerHistory: 0.1, GantryNum: 0 }
something: { else: 1 }
`;

describe('the configuration of the predecessor', () => {
  const { values, report, open } = legacyConfig(FILE);
  const of = (key: string) => report.find((line) => line.key === key);

  it('becomes ours where there is a counterpart', () => {
    expect(values).to.deep.equal({
      root: '/srv/moqui/mqi',
      intake: { inbox: '/srv/moqui/data/SHI_log' },
      uploads: [{ name: 'outbox', kind: 'folder', path: '/srv/moqui/data/Dose_dcm' }],
      engine: {
        kind: 'moqui',
        moqui: { program: '/srv/moqui/moqui/tps_env/tps_env', dialect: 'log', parameters: { TotalThreads: -1 } },
        timeoutMinutes: 90,
        command: { success: String.raw`Total \(time\):`, failures: ['FATAL ERROR'] },
      },
      database: { cacheSize: -65_536, journalMode: 'WAL', connectionTimeoutSeconds: 45 },
      processing: { maxRetries: 5 },
      logging: { level: 'warn' },
      web: { port: 8080 },
    });
    expect(SettingsSchema.safeParse(values).success).to.equal(true);
  });

  it('becomes ours where a key is spelled as ours is, in snake case', () => {
    const text = `
database: { synchronous: full, cache_size: -4000 }
processing: { max_retries: 2, retry_delay_seconds: 7 }
progress_tracking: { polling_interval_seconds: 11, coarse_phase_progress: { hpc_running: 60 } }`;
    const found = legacyConfig(text);
    expect(found.values).to.deep.equal({
      database: { synchronous: 'FULL', cacheSize: -4000 },
      processing: { maxRetries: 2, retryDelaySeconds: 7 },
      progressTracking: { pollingIntervalSeconds: 11 },
    });
    expect(found.report.at(-1)?.note).to.contain('progressTracking.coarsePhaseProgress');
  });

  it('is answered for value by value: none is passed over in silence', () => {
    expect(report).to.have.length(31);
    expect(report.filter(({ becomes, note }) => becomes.length === 0 && note === '')).to.deep.equal([]);
    expect(of('something.else')?.note).to.equal('not known');
    expect(of('processing.scan_interval_seconds')?.note).to.equal('its value cannot be read: the default stays');
    expect(of('logging.max_file_size_mb')?.note).to.equal('its value is none of ours: the default stays');
    expect(of('ui.web.host')?.note).to.contain('stays 127.0.0.1');
    expect(of('moqui_tps_parameters.ParticlesPerHistory')?.note).to.contain('the dose scales with it');
    expect(of('command_templates.local.notify')?.note).to.contain('refused: it needs a shell: |');
    expect(of('command_templates.local.interpret_csv')?.note).to.contain(
      '["/opt/python","main.py","--logdir","{input path}"]',
    );
  });

  it('names what has to be given by hand, since it was nowhere said', () => {
    expect(open.join('\n'))
      .to.match(/logging.maxSizeMiB.*-3/)
      .and.to.contain('engine.moqui.countsPerMeterset: must be given');
  });

  it('is written as a file that holds the report as comments', () => {
    const text = legacyConfigYaml({ values, report, open });
    expect(parse(text)).to.deep.equal(values);
    expect(text).to.contain('# processing.max_case_retries -> processing.maxRetries\n');
    expect(text).to.contain('# TO DO ');
  });

  it('gives nothing, and no error, for a file with other things in it', () => {
    for (const text of ['', '[1, 2]', 'database: 7', 'database: [1]', 'processing: { max_case_retries: { a: 1 } }'])
      expect(legacyConfig(text).values, text).to.deep.equal({});
  });
});

describe('a command template is split without a shell', () => {
  const argv = (text: string): readonly string[] | string => {
    const split = splitCommand(text);
    return split.ok ? split.argv : split.why;
  };

  it('at blanks, with quotes and escapes as a shell has them', () => {
    expect(argv(String.raw`run "a b" 'c $d' e\ f g"h"'i' ""`)).to.deep.equal(['run', 'a b', 'c $d', 'e f', 'ghi', '']);
  });

  it('telling the folder it starts in and the file of its output', () => {
    expect(splitCommand('cd "/a b" && ./run {x} > /log/{y}.log 2>&1')).to.deep.equal({
      ok: true,
      argv: ['./run', '{x}'],
      folder: '/a b',
      output: '/log/{y}.log',
    });
  });

  for (const text of [
    'a | b',
    'a && b',
    'a; b',
    'a $HOME',
    'a "$HOME"',
    'a `b`',
    'a *.dcm',
    'X=1 a',
    'a < b',
    'a &',
    'a\nb|c',
  ])
    it(`refusing what needs one: ${JSON.stringify(text)}`, () => {
      expect(argv(text)).to.match(/needs a shell/);
    });

  it('refusing what is no command', () => {
    expect(argv('')).to.equal('it names no program');
    expect(argv('a "b')).to.match(/quote is not closed/);
  });
});

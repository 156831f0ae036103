import { expect } from 'chai';
import { fateOf } from '../../../../src/adapters/schedulers/slurm/slurm-fate.js';
import { jobName, sbatchArgs } from '../../../../src/adapters/schedulers/slurm/slurm-options.js';
import {
  parsePairs,
  parseProlog,
  parseSacct,
  parseSqueue,
  type SlurmRecord,
} from '../../../../src/adapters/schedulers/slurm/slurm-records.js';
import { refusal, saysOverMemory, waitingWords } from '../../../../src/adapters/schedulers/slurm/slurm-words.js';
import { CaseError } from '../../../../src/domain/errors.js';

const SHOWN =
  'JobId=7 JobName=mqi-0123456789ab UserId=mqi(1000) JobState=FAILED Reason=NonZeroExitCode Requeue=0 Restarts=1 ' +
  'ExitCode=7:0 RunTime=1-02:03:04 SubmitTime=1795649849 ReqNodeList=(null) ExcNodeList=n9 NodeList=n1 NumNodes=1 ' +
  'Command=/work/job.sh a NodeList b JobState=COMPLETED WorkDir=/work';

const aRecord = (change: Partial<SlurmRecord> = {}): SlurmRecord => ({
  id: '7',
  name: 'mqi-0123456789ab',
  state: 'FAILED',
  reason: 'None',
  nodes: 'n1',
  restarts: 0,
  exit: { code: 0, signal: 15 },
  elapsedS: 0,
  submittedAtS: null,
  folder: '',
  ...change,
});

describe('what Slurm says of jobs', () => {
  it('is read from scontrol, where the arguments of a job look like fields of it', () => {
    expect(parsePairs(SHOWN)).to.deep.equal([
      aRecord({
        reason: 'NonZeroExitCode',
        restarts: 1,
        exit: { code: 7, signal: 0 },
        elapsedS: 93_784,
        submittedAtS: 1_795_649_849,
        folder: '/work',
      }),
    ]);
  });

  it('is read from the completion log and from accounting', () => {
    const line = 'JobId=7 UserId=a(0) GroupId=a(0) Name=mqi-0123456789ab JobState=CANCELLED NodeList=n1 ExitCode=0:15 ';
    expect(parsePairs(line)).to.deep.equal([aRecord({ state: 'CANCELLED' })]);
    const rows = '7|mqi-0123456789ab|CANCELLED by 0|0:15|n1\n7.batch|batch|CANCELLED|0:15|n1\n';
    expect(parseSacct(rows)).to.deep.equal([aRecord({ state: 'CANCELLED' })]);
    // As sacct 22.05.8 with slurmdbd and MariaDB printed it of a job whose node failed.
    const none = { code: 0, signal: 0 };
    expect(parseSacct('7|mqi-0123456789ab|NODE_FAIL|0:0|n2|1795664608|/work/a|b\n')).to.deep.equal([
      aRecord({ state: 'NODE_FAIL', nodes: 'n2', exit: none, submittedAtS: 1_795_664_608, folder: '/work/a|b' }),
    ]);
    // And of one that was cancelled while it was held.
    expect(parseSacct('7|mqi-0123456789ab|CANCELLED by 0|0:0|None assigned|1795664608\n')).to.deep.equal([
      aRecord({ state: 'CANCELLED', nodes: '', exit: none, submittedAtS: 1_795_664_608 }),
    ]);
  });

  it('is read from squeue, with times and whatever is no line of a job left out', () => {
    const text =
      '7|mqi-0123456789ab|PENDING|0:00|1795649849||Resources|/jobs/a|b\nslurm_load_jobs error: x\n' +
      '8|b|RUNNING|1:02:03|1|n2|None|/jobs/8\n9|renamed|by hand|RUNNING|0:01|1|n2|None|/jobs/9\n';
    const seen = parseSqueue(text).map((one) => [one.id, one.name, one.state, one.reason, one.elapsedS, one.folder]);
    expect(seen).to.deep.equal([
      ['7', 'mqi-0123456789ab', 'PENDING', 'Resources', 0, '/jobs/a|b'],
      ['8', 'b', 'RUNNING', 'None', 3_723, '/jobs/8'],
      ['9', 'renamed|by hand', 'RUNNING', 'None', 1, '/jobs/9'],
    ]);
  });

  for (const [what, config, limitMs] of [
    // As `scontrol show config` of 22.05.8 says it.
    ['none', 'Prolog                  = (null)\nPrologSlurmctld         = /a\nPrologFlags             = (null)\n', 0],
    ['one that is told', 'Prolog                  = /a b\nPrologFlags             = Alloc,Contain\n', 0],
    ['one without end', 'Prolog                  = /a\nPrologEpilogTimeout     = 65534\n', Infinity],
    ['one with a limit', 'Prolog                  = /a\nPrologEpilogTimeout     = 90\n', 90_000],
    // As later versions do.
    ['several', 'Prolog[0] = /a\nProlog[1] = /b\nPrologFlags = (null)\nPrologTimeout = 90 sec\n', 90_000],
  ] as const) {
    it(`the program by which a site makes nodes ready unseen is read from its configuration: ${what}`, () => {
      expect(parseProlog(`TaskProlog = /c\n${config}`)).to.deep.equal({ limitMs });
    });
  }

  it('whether there is such a program is not known of an answer that does not say it', () => {
    expect(parseProlog('SrunProlog = (null)\n')).to.equal(null);
  });

  const begun = { isStopped: false, hasBegun: true, isOverMemory: false };
  for (const [state, facts, code, severity] of [
    ['CANCELLED', begun, 'slurm.cancelled', 'operator'],
    ['CANCELLED', { ...begun, hasBegun: false }, 'engine.not-launched', 'transient'],
    ['TIMEOUT', begun, 'engine.timeout', 'transient'],
    ['TIMEOUT', { ...begun, hasBegun: false }, 'engine.not-launched', 'transient'],
    ['NODE_FAIL', begun, 'engine.node-lost', 'transient'],
    ['PREEMPTED', begun, 'engine.preempted', 'transient'],
    ['OUT_OF_MEMORY', begun, 'slurm.out-of-memory', 'operator'],
  ] as const) {
    it(`${state}, ${facts.hasBegun ? 'having run' : 'on a node without having run'}, is ${code} (${severity})`, () => {
      expect(fateOf(aRecord({ state }), facts)).to.include({ code, severity });
    });
  }

  it('a job that was cancelled in the queue was cancelled by somebody', () => {
    const record = aRecord({ state: 'CANCELLED', nodes: '(null)' });
    expect(fateOf(record, { ...begun, hasBegun: false })).to.include({ code: 'slurm.cancelled' });
  });

  it('a job that was killed is out of memory where its node has written so into its log', () => {
    const killed = aRecord({ reason: 'JobLaunchFailure', exit: { code: 0, signal: 9 } });
    const line = 'a bar: 50 %slurmstepd-n1: error: StepId=2.batch exceeded memory limit (403 > 41), being killed';
    expect([saysOverMemory(line), saysOverMemory('the engine exceeded memory limit')]).to.deep.equal([true, false]);
    expect(fateOf(killed, { ...begun, isOverMemory: true })).to.include({ code: 'slurm.out-of-memory' });
    expect(fateOf(killed, begun)).to.include({ how: 'vanished' });
    const crashed = aRecord({ exit: { code: 1, signal: 0 } });
    expect(fateOf(crashed, { ...begun, isOverMemory: true })).to.deep.equal({ how: 'exited', code: 1 });
  });

  it('a job that we ended has vanished, whatever Slurm calls it', () => {
    expect(fateOf(aRecord({ state: 'CANCELLED' }), { ...begun, isStopped: true })).to.include({ how: 'vanished' });
  });

  it('a completed job without exit code, and a state nobody knows, say nothing of a result', () => {
    for (const state of ['COMPLETED', 'SOMETHING_NEW']) {
      expect(fateOf(aRecord({ state }), begun), state).to.include({ how: 'vanished' });
    }
  });

  it('a refusal is shown in its own words, shortened, and told from a queue that is full now', () => {
    const bad = refusal(
      'sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: x\n',
    );
    expect(bad).to.be.instanceOf(CaseError).and.include({ code: 'slurm.refused', severity: 'operator' });
    expect(bad.message).to.include('invalid partition specified: nope; Batch job submission failed: x');
    expect(refusal('sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying')).to.include({
      code: 'slurm.busy',
      severity: 'transient',
    });
    // As sbatch 22.05.8 with slurmdbd says it of a limit that is reached now, and of one that every such job is over.
    const policy = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";
    const limited = (limit: string): string =>
      `sbatch: error: ${limit}\nsbatch: error: Batch job submission failed: ${policy}\n`;
    expect(refusal(limited('AssocMaxSubmitJobLimit'))).to.include({ code: 'slurm.busy' });
    expect(refusal(limited('QOSMaxWallDurationPerJobLimit'))).to.include({ code: 'slurm.refused' });
    // As sbatch 22.05.8 says it of a partition that an administrator has drained: that is not for ever.
    const drained = 'Batch job submission failed: Required partition not available (inactive or drain)';
    expect(refusal(`sbatch: error: ${drained}\n`)).to.include({ code: 'slurm.busy', severity: 'transient' });
  });

  it('what a job waits for names the reason, and who must act when it is held', () => {
    expect(waitingWords(aRecord({ state: 'PENDING', reason: 'Priority' }))).to.equal('Slurm to start it (Priority)');
    expect(waitingWords(aRecord({ state: 'PENDING', reason: 'JobHeldAdmin' }))).to.include('lets it go (JobHeldAdmin');
    const tooLong = waitingWords(aRecord({ state: 'PENDING', reason: 'PartitionTimeLimit' }));
    expect(tooLong).to.include('what its job asks for (PartitionTimeLimit');
  });

  it('a job has one name for its folder and host, and is never requeued by our wish', () => {
    const name = jobName('login', '/work/a');
    expect(name)
      .to.match(/^mqi-[0-9a-f]{12}$/)
      .and.equal(jobName('login', '/work/a'));
    expect(name).not.to.equal(jobName('login', '/work/b'));
    const options = { partition: 'gpu', gres: null, time: null, account: null, qos: null, constraint: null };
    const rest = { extra: ['--mem=16G'], binFolder: null, conf: null, completionLog: null, engineMinutes: 120 };
    const args = sbatchArgs({ ...options, ...rest }, { name, folder: '/work/a', exclude: ['n1', 'n2'] });
    expect(args).to.include.members([
      '--parsable',
      '--no-requeue',
      `--job-name=${name}`,
      '--time=125',
      '--exclude=n1,n2',
    ]);
    expect(args.some((argument) => argument.startsWith('--gres'))).to.equal(false);
    expect(args.at(-1)).to.equal('--mem=16G');
  });
});

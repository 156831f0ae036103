import { expect } from 'chai';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { CommandTarget, type CommandTargetOptions } from '../../../src/adapters/uploads/command-target.js';
import type { CaseError } from '../../../src/domain/errors.js';
import { aCase } from '../../builders/a-case.js';
import { aDoseFile } from '../../builders/a-dose-file.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe("delivery by a program of the site's own", () => {
  const temp = tempFolder();
  const never = new AbortController().signal;
  const kase = aCase({ id: 'c1', planLabel: 'G1; $(touch owned)', run: 3 });
  const dose = (): ReturnType<typeof aDoseFile> => aDoseFile(join(temp.path, 'work', 'RD.001.dcm'));

  /** A target whose program is this shell script. */
  const target = (script: string, change: Partial<CommandTargetOptions> = {}): CommandTarget => {
    const program = join(temp.path, 'send');
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    const options = { argv: [program, '{file}'], timeoutMinutes: 1, permanentExitCodes: [65], optional: false };
    return new CommandTarget({ name: 't', ...options, ...change }, new LocalHost('here'), new FakeClock());
  };

  it('is given the object and what it is by its arguments, and no shell reads them', async () => {
    const argv = ['{file}', '{sopInstanceUid}', '{caseId}', '{run}', '{beamNumber}', '{planLabel}', 'as is {sha256}'];
    const sending = target(`printf '%s\\n' "$@" > ${join(temp.path, 'seen')}`);
    const object = dose();
    const given = target(`printf '%s\\n' "$@" > ${join(temp.path, 'seen')}`, {
      argv: [join(temp.path, 'send'), ...argv],
    });
    await given.deliver(kase, object, never);
    expect(readFileSync(join(temp.path, 'seen'), 'utf8').trimEnd().split('\n')).to.deep.equal([
      object.path,
      '2.25.1',
      'c1',
      '3',
      '001',
      'G1____touch_owned_',
      `as is ${object.sha256}`,
    ]);
    expect(existsSync('owned')).to.equal(false);
    await sending.deliver(kase, object, never);
  });

  it('has delivered when its program ends with 0, and keeps the last line that it said', async () => {
    const receipt = await target("printf 'copying\\nstored as \\033[31m42\\n'").deliver(kase, dose(), never);
    expect(receipt).to.include({ status: 'delivered', target: 't', peerSaid: 'stored as [31m42' });
    expect(receipt.verifiedBy).to.equal('exit code 0 of the program');
  });

  it('says so plainly when the program says nothing', async () => {
    expect(await target('exit 0').deliver(kase, dose(), never)).to.include({ peerSaid: null });
  });

  it('is never quoted with the name of the case or of a patient', async () => {
    const named = aCase({ folder: 'MUSTER_Erika_0815' });
    const said = "echo 'MUSTER_Erika_0815/RD.dcm of Muster^Erika'";
    const { peerSaid } = await target(said).deliver(named, dose(), never);
    const failure = (await rejection(target(`${said} >&2; exit 3`).deliver(named, dose(), never))) as CaseError;
    for (const words of [peerSaid, failure.message, failure.peerSaid]) {
      expect(words)
        .to.contain('RD.dcm of')
        .and.not.match(/muster|erika|0815/i);
    }
  });

  it('is tried again when the program fails, with its words, of bounded length', async () => {
    const failing = target("printf 'no route to the archive' >&2; head -c 5000 /dev/zero | tr '\\0' x; exit 3");
    const failure = await rejection(failing.deliver(kase, dose(), never));
    expect(failure).to.include({ severity: 'transient', code: 'upload.unavailable' });
    expect((failure as Error).message).to.match(/ended with code 3: no route to the archive x+ \.\.\.$/);
    expect((failure as Error).message.length).to.be.lessThan(500);
  });

  it('fails for good with an exit code that is said to mean so', async () => {
    const failure = await rejection(target('exit 65').deliver(kase, dose(), never));
    expect(failure).to.include({ severity: 'permanent', code: 'upload.refused' });
  });

  it('kills a program that does not come to an end, with what it started', async () => {
    const hanging = target('sleep 300 & sleep 300', { timeoutMinutes: 0.005 });
    const failure = await rejection(hanging.deliver(kase, dose(), never));
    expect(failure).to.include({ severity: 'transient', code: 'upload.unavailable' });
    expect((failure as Error).message).to.contain('did not end within');
  });

  it('holds the case when there is no such program', async () => {
    const failure = await rejection(target('', { argv: [join(temp.path, 'none')] }).deliver(kase, dose(), never));
    expect(failure).to.include({ severity: 'operator', code: 'upload.no-program' });
  });

  it('hands none of our variables to it', async () => {
    process.env.MQI_TEST_SECRET = 'hunter2';
    try {
      const seen = join(temp.path, 'seen');
      await target(`env > ${seen}`).deliver(kase, dose(), never);
      expect(readFileSync(seen, 'utf8')).to.contain('PATH=').and.not.contain('hunter2');
    } finally {
      delete process.env.MQI_TEST_SECRET;
    }
  });

  it('lets go when told to stop', async () => {
    const stop = new AbortController();
    const sending = target('sleep 5', { timeoutMinutes: 0.02 }).deliver(kase, dose(), stop.signal);
    stop.abort(new Error('stopping'));
    expect(await rejection(sending)).to.equal(stop.signal.reason);
  });
});

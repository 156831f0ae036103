import { expect } from 'chai';
import { Readable } from 'node:stream';
import { BEGINNING } from '../../../../src/adapters/hosts/ssh/agent-script.js';
import { afterBeginning, ownBytes } from '../../../../src/adapters/hosts/ssh/session-output.js';
import { socketFolder } from '../../../../src/adapters/hosts/ssh/socket-folder.js';
import { connectFailure, loginFailure } from '../../../../src/adapters/hosts/ssh/ssh-failure.js';

describe('what ssh and a login say', () => {
  const why = (stderr: string): string => connectFailure('far', stderr).message;

  it('a connection that fails is told with its reason, without a name or address', () => {
    const heard = {
      'ssh: Could not resolve hostname dose1.example.org: Name or service not known': /its name is not known/,
      'ssh: connect to host 10.0.0.7 port 22: Connection refused': /no sshd listens/,
      'ssh: connect to host 10.0.0.7 port 22: No route to host': /no way to it/,
      'ssh: connect to host 10.0.0.7 port 22: Connection timed out': /does not answer/,
      'Timeout, server 10.0.0.7 not responding.': /does not answer/,
      "Can't open user config file /etc/mqi/ssh: No such file or directory": /sshConfig cannot be read/,
      '/etc/mqi/ssh: line 3: Bad configuration option: hots': /sshConfig has a line/,
      'Bad owner or permissions on /etc/mqi/ssh': /others may change/,
      'kex_exchange_identification: read: Connection reset by peer': /no connection$/,
      '': /was closed$/,
    };
    for (const [stderr, words] of Object.entries(heard)) {
      expect(why(stderr)).to.match(words);
      expect(why(stderr)).not.to.match(/10\.0\.0\.7|example/);
      expect(connectFailure('far', stderr).code).to.equal('host.unreachable');
    }
  });

  it('a host that cannot be reached is told with what to do there, and never with "nothing to do"', () => {
    const remedy = (stderr: string): string => connectFailure('far', stderr).remedy;
    expect(remedy('ssh: connect to host x port 22: Connection refused')).to.match(/^start sshd there .* host and port/);
    expect(remedy('ssh: Could not resolve hostname x: Name or service not known')).to.contain('name service');
    expect(remedy('Bad owner or permissions on /etc/mqi/ssh')).to.contain('chmod go-w');
    expect(remedy('ssh: connect to host x port 22: No route to host')).to.contain('jobs there run on meanwhile');
  });

  it('a login that runs nothing of ours, or never ends, is told from a connection that fails; both are tried again', () => {
    const said = (code: number | null): string => loginFailure('far', 'Connection refused', code).message;
    expect(said(1)).to.contain('ends without running our commands');
    expect(said(null)).to.contain('does not come to an end');
    expect(said(255)).to.contain('no sshd listens');
    expect(loginFailure('far', '', 1)).to.include({ code: 'host.unreachable', severity: 'transient' });
  });

  it('a key that has changed is told apart from one that was never known: somebody may stand between', () => {
    const changed = '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.';
    const unknown = 'No ED25519 host key is known for x and you have requested strict checking.';
    expect(why(changed)).to.contain('another key than the one in its known_hosts');
    expect(why(unknown)).to.contain('is not in its known_hosts');
    for (const stderr of [changed, unknown]) {
      expect(connectFailure('far', stderr)).to.include({ code: 'host.key-unknown', severity: 'operator' });
    }
    for (const stderr of [changed, unknown, 'Permission denied (publickey).']) {
      expect(connectFailure('far', stderr).remedy, 'no case is held for it').to.match(/the service goes on by itself$/);
    }
  });

  it('what a login prints before is left out, in whatever pieces the output comes', async () => {
    const whole = Buffer.from(`Welcome\nDisk 80 %${BEGINNING}ab${BEGINNING}c`);
    expect(afterBeginning(whole.toString())).to.equal(`ab${BEGINNING}c`);
    expect(afterBeginning('Welcome\n')).to.equal('');
    for (const pieces of [1, 3, 7, whole.length]) {
      const parts = Array.from({ length: Math.ceil(whole.length / pieces) }, (_, i) =>
        whole.subarray(i * pieces, (i + 1) * pieces),
      );
      const own: Buffer[] = [];
      for await (const bytes of ownBytes(Readable.from(parts))) own.push(bytes);
      expect(Buffer.concat(own).toString()).to.equal(`ab${BEGINNING}c`);
    }
  });

  it('the socket of a shared connection lies where its path is short enough, whatever TMPDIR is', () => {
    expect(socketFolder('/var/tmp')).to.equal('/var/tmp/mqi-ssh-');
    expect(socketFolder(`/var/lib/${'x'.repeat(80)}`)).to.equal('/tmp/mqi-ssh-');
    const longest = socketFolder(`/${'y'.repeat(72)}`);
    expect(`${longest}123456/c.1234567890123456`.length).to.be.at.most(107);
    expect(socketFolder(`/${'ü'.repeat(60)}`)).to.equal('/tmp/mqi-ssh-');
  });
});

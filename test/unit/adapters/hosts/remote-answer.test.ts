import { expect } from 'chai';
import { answerOf } from '../../../../src/adapters/hosts/ssh/remote-answer.js';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

describe('what a program on another machine answered', () => {
  it('is its output and its exit code, whatever the output holds', () => {
    for (const output of ['', 'one line\n', 'a\nrc7\nb', '\u0000\u00ff']) {
      const answer = answerOf({ status: 'ok', payload: base64(`${output}\nrc12`) });
      expect([answer.code, answer.output.toString('latin1')]).to.deep.equal([12, output]);
    }
  });

  it('is done where no program was needed', () => {
    const { code, output } = answerOf({ status: 'ok', payload: '-' });
    expect([code, output.length]).to.deep.equal([0, 0]);
  });

  it('is no answer without an exit code: an empty one would mean that a process has ended, or a file is gone', () => {
    const cutOff = base64('1234 (engine) S 1 1234\nrc');
    for (const payload of ['', base64('1234 (engine) S 1'), cutOff]) {
      expect(() => answerOf({ status: 'ok', payload }))
        .to.throw(/ended without saying how/)
        .and.to.include({ code: 'host.busy', severity: 'transient' });
    }
  });
});

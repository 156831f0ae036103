import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { readSecret } from '../../../src/cli/terminal/read-secret.js';
import { rejection } from '../../rejection.js';

/** Keys come in one by one, as in raw mode. */
class ATerminal extends PassThrough {
  readonly isTTY = true;
  readonly modes: boolean[] = [];
  setRawMode(raw: boolean): this {
    this.modes.push(raw);
    return this;
  }
}

describe('a password that is asked for', () => {
  let said: string;
  beforeEach(() => {
    said = '';
  });
  const read = (input: PassThrough): Promise<string> => readSecret(input, (text) => (said += text), 'password: ');

  it('is typed unseen, and may be corrected', async () => {
    const terminal = new ATerminal();
    const password = read(terminal);
    for (const key of ['s', 'e', 'x', '\u007f', 'ü🔑', '\u007f', 't\r', 'more']) terminal.write(key);
    expect(await password).to.equal('seüt');
    expect(said).to.equal('password: \n');
    expect(terminal.modes).to.deep.equal([true, false]);
  });

  it('is given up by Ctrl-C, and the terminal is as before', async () => {
    const terminal = new ATerminal();
    const password = read(terminal);
    terminal.write('sec\u0003ret\r');
    expect(await rejection(password)).to.include({ code: 'usage.interrupted' });
    expect(terminal.modes).to.deep.equal([true, false]);
  });

  it('is the first line of what comes in where there is no terminal', async () => {
    for (const [text, password] of [
      ['correct horse\nmore\n', 'correct horse'],
      ['correct horse\r\n', 'correct horse'],
      [' with blanks ', ' with blanks '],
      ['', ''],
    ] as const) {
      const input = new PassThrough();
      input.end(text);
      expect(await read(input)).to.equal(password);
    }
    expect(said).to.equal('');
  });
});

import { operator } from '../../domain/errors.js';

const MOST_BYTES = 8_192;
const ENTER = ['\r', '\n', '\u0004'];
const INTERRUPT = '\u0003';
const BACKSPACE = ['\u0008', '\u007f'];

type Input = NodeJS.ReadStream | NodeJS.ReadableStream;

/**
 * A password: typed at a terminal, where nothing of it is shown, or the first line of what comes in otherwise. Never an
 * argument: those are seen in the list of processes and kept by shells.
 */
export async function readSecret(input: Input, say: (text: string) => void, prompt: string): Promise<string> {
  if (!('isTTY' in input) || !input.isTTY) return firstLine(input);
  say(prompt);
  input.setRawMode(true);
  try {
    return await typed(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    say('\n');
  }
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n') || text.length > MOST_BYTES) break;
  }
  return /^[^\r\n]*/.exec(text)?.[0] ?? '';
}

function typed(input: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const hear = (chunk: Buffer | string): void => {
      for (const character of String(chunk)) {
        if (character === INTERRUPT || ENTER.includes(character)) {
          input.off('data', hear);
          if (character === INTERRUPT) reject(operator('usage.interrupted', 'nothing was changed'));
          else resolve(text);
          return;
        }
        text = BACKSPACE.includes(character) ? Array.from(text).slice(0, -1).join('') : text + character;
      }
    };
    input.on('data', hear);
    input.resume();
  });
}

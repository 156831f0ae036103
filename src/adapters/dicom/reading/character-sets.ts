import { TextDecoder } from 'node:util';

/** Decodes DICOM text (PS3.3 C.12.1.1.2, PS3.5 6.1) with the decoders that Node has. */

/** What SpecificCharacterSet's terms mean to TextDecoder; each is a superset of ASCII. */
const DECODERS: Readonly<Record<string, string>> = {
  '6': 'windows-1252',
  '100': 'windows-1252',
  '101': 'iso-8859-2',
  '109': 'iso-8859-3',
  '110': 'iso-8859-4',
  '144': 'iso-8859-5',
  '127': 'iso-8859-6',
  '126': 'iso-8859-7',
  '138': 'iso-8859-8',
  '148': 'windows-1254',
  '203': 'iso-8859-15',
  '166': 'windows-874',
  '13': 'shift_jis',
  '149': 'euc-kr',
  '58': 'gbk',
  '192': 'utf-8',
};

/** Escape sequences after ESC, longest first: what they put into G0 (two bytes, low) or G1 (high bytes). */
const ESCAPES: readonly {
  readonly bytes: string;
  readonly sets: 'jisx0208' | 'jisx0212' | 'ascii' | { g1: string };
}[] = [
  { bytes: '$(D', sets: 'jisx0212' },
  { bytes: '$)C', sets: { g1: 'euc-kr' } },
  { bytes: '$)A', sets: { g1: 'gbk' } },
  { bytes: '$B', sets: 'jisx0208' },
  { bytes: '(B', sets: 'ascii' },
  { bytes: '(J', sets: 'ascii' },
  { bytes: ')I', sets: { g1: 'shift_jis' } },
  { bytes: '-A', sets: { g1: 'windows-1252' } },
  { bytes: '-B', sets: { g1: 'iso-8859-2' } },
  { bytes: '-C', sets: { g1: 'iso-8859-3' } },
  { bytes: '-D', sets: { g1: 'iso-8859-4' } },
  { bytes: '-L', sets: { g1: 'iso-8859-5' } },
  { bytes: '-G', sets: { g1: 'iso-8859-6' } },
  { bytes: '-F', sets: { g1: 'iso-8859-7' } },
  { bytes: '-H', sets: { g1: 'iso-8859-8' } },
  { bytes: '-M', sets: { g1: 'windows-1254' } },
  { bytes: '-b', sets: { g1: 'iso-8859-15' } },
  { bytes: '-T', sets: { g1: 'windows-874' } },
];

const ESC = 0x1b;
const decoders = new Map<string, TextDecoder>();

/**
 * Bytes of a text element as text. Unknown terms fall back to Latin-1, undecodable bytes become U+FFFD: a name that
 * cannot be read must not stop a calculation.
 * @param characterSet SpecificCharacterSet's values, as they stand in the file; empty for the default repertoire
 */
export function decodeText(bytes: Uint8Array, characterSet: readonly string[]): string {
  const initial = decoderName(characterSet[0] ?? '');
  if (!bytes.includes(ESC)) return decode(bytes, initial);
  let text = '';
  let low: 'ascii' | 'jisx0208' | 'jisx0212' = 'ascii';
  let high = initial;
  let from = 0;
  while (from < bytes.length) {
    const next = bytes.indexOf(ESC, from);
    const to = next < 0 ? bytes.length : next;
    text += decodeRun(bytes.subarray(from, to), low, high);
    if (next < 0) break;
    const escape = ESCAPES.find((one) => startsWith(bytes, next + 1, one.bytes));
    from = next + 1 + (escape?.bytes.length ?? 0);
    if (escape === undefined) continue;
    if (typeof escape.sets === 'string') low = escape.sets;
    else {
      high = escape.sets.g1;
      low = 'ascii';
    }
  }
  return text;
}

/** `ISO_IR 100`, `ISO 2022 IR 87`, `GB18030`, and spellings seen in the wild (`ISO-IR 100`, `ISO_IR_192`). */
function decoderName(term: string): string {
  // A term has 16 characters; the search below would take the square of a long one's time.
  const wanted = term.trim().slice(0, 64).toUpperCase();
  if (wanted === 'GB18030' || wanted === 'GBK') return wanted.toLowerCase();
  const number = /(\d+)$/.exec(wanted)?.[1] ?? '6';
  return DECODERS[number] ?? 'windows-1252';
}

function decodeRun(bytes: Uint8Array, low: 'ascii' | 'jisx0208' | 'jisx0212', high: string): string {
  if (low === 'ascii') return decode(bytes, high);
  if (low === 'jisx0208') {
    const eucJp = bytes.map((byte) => (byte > 0x20 && byte < 0x7f ? byte | 0x80 : byte));
    return decode(eucJp, 'euc-jp');
  }
  const tripled: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) tripled.push(0x8f, (bytes[i] ?? 0) | 0x80, (bytes[i + 1] ?? 0) | 0x80);
  return decode(Uint8Array.from(tripled), 'euc-jp');
}

function decode(bytes: Uint8Array, name: string): string {
  let decoder = decoders.get(name);
  if (decoder === undefined) {
    decoder = new TextDecoder(name);
    decoders.set(name, decoder);
  }
  return decoder.decode(bytes);
}

const startsWith = (bytes: Uint8Array, at: number, ascii: string): boolean =>
  Array.from(ascii).every((character, i) => bytes[at + i] === character.charCodeAt(0));

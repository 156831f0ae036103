const FURTHER_CHARACTER_SETS = ['windows-1252', 'euc-kr', 'shift_jis', 'gb18030'] as const;

/**
 * Every text that some bytes may be read as: in UTF-8, and where they are none in Latin-1 and the sets of East Asia; each also
 * with its percent escapes, its JSON escapes, or both undone, and with UTF-8 that was taken for Latin-1 put right. In NFC.
 */
export function viewsOf(bytes: Uint8Array): readonly string[] {
  const views = new Set<string>();
  for (const text of decodings(bytes)) {
    for (const seen of [text, unmixed(text)]) {
      const percent = withoutPercent(seen);
      const json = withoutJsonEscapes(seen);
      for (const view of [seen, percent, json, withoutPercent(json), withoutJsonEscapes(percent)]) {
        views.add(view.normalize('NFC'));
      }
    }
  }
  return [...views];
}

function decodings(bytes: Uint8Array): readonly string[] {
  const utf8 = new TextDecoder('utf-8').decode(bytes);
  if (!utf8.includes('\ufffd')) return [utf8];
  return [utf8, ...FURTHER_CHARACTER_SETS.map((set) => new TextDecoder(set).decode(bytes))];
}

/** `MÃ¼ller` is Müller whose bytes were taken for Latin-1. */
const unmixed = (text: string): string =>
  text.replace(/[\u0080-\u00ff]{2,}/g, (run) => {
    const read = Buffer.from(run, 'latin1').toString('utf8');
    return read.includes('\ufffd') ? run : read;
  });

const withoutPercent = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    const read = bytes.toString('utf8');
    return read.includes('\ufffd') ? bytes.toString('latin1') : read;
  });

/** Escapes of texts within texts have further backslashes. */
const withoutJsonEscapes = (text: string): string =>
  text
    .replace(/\\+u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\+x([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\+[nrtbfv]/g, ' ');

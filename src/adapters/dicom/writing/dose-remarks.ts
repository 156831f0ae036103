/** LO and LT, DICOM PS3.5 6.2. */
const MAX_COMMENT = 64;
const MAX_TEXT = 10_240;
const LINE_END = '\r\n';
/** DICOM leaves open what a dose is normalised to; without these words the values could be taken for the whole course. */
const PER_FRACTION = 'per fraction';
const FULL_PER_FRACTION = 'Gy per fraction';

/**
 * DoseComment: of each remark what stands before its colon, in order, as far as whole ones fit on a line of 64
 * characters. The remarks in full are in `remarkText`.
 */
export function doseComment(remarks: readonly string[]): string {
  const heads = remarks.map((remark) => plain(remark.split(':')[0] ?? '').replaceAll('\\', '/'));
  return heads.reduce((line, head) => {
    const longer = `${line}; ${head}`;
    return longer.length <= MAX_COMMENT ? longer : line;
  }, PER_FRACTION);
}

/** ImageComments: each remark in full on a line of its own. */
export function remarkText(remarks: readonly string[]): string {
  return [FULL_PER_FRACTION, ...remarks].map(plain).join(LINE_END).slice(0, MAX_TEXT);
}

/** The remarks that `remarkText` wrote. */
export function parseRemarkText(text: string): readonly string[] {
  return text.split(LINE_END).filter((line) => line !== '' && line !== FULL_PER_FRACTION);
}

/** ASCII without control characters: it must be right in whatever character set the plan has. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/[^ -~]/gu, '?')
    .trim();

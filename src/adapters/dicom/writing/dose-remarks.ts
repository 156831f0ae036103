/** LO and LT, DICOM PS3.5 6.2. */
const MAX_COMMENT = 64;
const MAX_TEXT = 10_240;
const LINE_END = '\r\n';
/** DICOM leaves open what a dose is normalised to; without this line the values could be taken for the whole course. */
const PER_FRACTION = 'Gy per fraction';

/** DoseComment: the essentials on one line of 64 characters; the whole is in `remarkText`. */
export function doseComment(remarks: readonly string[]): string {
  const line = [PER_FRACTION, ...remarks].map((remark) => plain(remark).replaceAll('\\', '/')).join('; ');
  return line.length <= MAX_COMMENT ? line : `${line.slice(0, MAX_COMMENT - 3).trimEnd()}...`;
}

/** ImageComments: each remark in full on a line of its own. */
export function remarkText(remarks: readonly string[]): string {
  return [PER_FRACTION, ...remarks].map(plain).join(LINE_END).slice(0, MAX_TEXT);
}

/** The remarks that `remarkText` wrote. */
export function parseRemarkText(text: string): readonly string[] {
  return text.split(LINE_END).filter((line) => line !== '' && line !== PER_FRACTION);
}

/** ASCII without control characters: it must be right in whatever character set the plan has. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/[^ -~]/gu, '?')
    .trim();

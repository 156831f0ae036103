/** Names that people and programs give folders: text, and nothing that means something to a shell, a log or a page. */
export const ODD_NAMES: readonly string[] = [
  'two  spaces ',
  `quotes "'\``,
  '$(touch pwned)',
  'line\nbreak\ttab',
  'x'.repeat(200),
  '환자-홍길동'.normalize('NFC'),
  '환자-홍길동'.normalize('NFD'),
  '-rf',
  'back\\slash',
  '%s %n & ; | < >',
];

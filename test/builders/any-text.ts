import fc from 'fast-check';

const SURROGATES_FROM = 0xd800;
const SURROGATES = 0x800;

/** Any code point but half a surrogate pair; those of ASCII, controls included, as often as all others together. */
const codePoint = fc.oneof(
  fc.nat(0x7f),
  fc.nat(0x10ffff - SURROGATES).map((n) => (n < SURROGATES_FROM ? n : n + SURROGATES)),
);

/**
 * Any text of so many code points at most. As fast-check's own of the unit `binary`, which takes seconds to make ready,
 * as it keeps a map of all of Unicode.
 */
export const anyText = (maxLength = 10): fc.Arbitrary<string> =>
  fc.array(codePoint, { maxLength }).map((points) => String.fromCodePoint(...points));

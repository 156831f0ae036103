import dicomParser from 'dicom-parser';
import type { ByteStream, DataSet } from 'dicom-parser';
import type { Encoding } from './data-set-start.js';

/**
 * Elements and items of one parse. A plan of ten beams of a hundred layers has about 40,000; dicom-parser takes about 300
 * bytes for each, and a hostile file holds one in every 8 bytes.
 */
export const MAX_ELEMENTS = 100_000;

export interface Parsed {
  /** What was read up to the damage, if there is any. */
  readonly elements: DataSet['elements'];
  /** `damaged`: the bytes end, or stop making sense, before the data set does. */
  readonly outcome: 'read' | 'damaged' | 'too-many-elements' | 'too-deep';
}

class TooManyElements extends Error {
  override readonly name = 'TooManyElements';
}

/** dicom-parser within a budget of elements. Never throws for what the bytes hold. */
export function parseBounded(bytes: Buffer, encoding: Exclude<Encoding, 'deflated'>, untilTag?: string): Parsed {
  const order =
    encoding === 'explicit-big' ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  const elements: DataSet['elements'] = {};
  if (bytes.length === 0) return { elements, outcome: 'damaged' };
  const stream = withBudget(new dicomParser.ByteStream(order, bytes, 0));
  const options = untilTag === undefined ? undefined : { untilTag };
  const parse =
    encoding === 'implicit-little' ? dicomParser.parseDicomDataSetImplicit : dicomParser.parseDicomDataSetExplicit;
  // The functions need no more of a DataSet than this; its class is not exported as one that can be made.
  const target = { byteArray: bytes, byteArrayParser: order, elements, warnings: [] } as unknown as DataSet;
  try {
    parse(target, stream, bytes.length, options);
    return { elements, outcome: 'read' };
  } catch (thrown) {
    return { elements, outcome: outcomeOf(thrown) };
  }
}

/** The parser throws strings, Errors and, on ten thousand sequences within each other, a RangeError of the stack. */
function outcomeOf(thrown: unknown): Parsed['outcome'] {
  if (thrown instanceof TooManyElements) return 'too-many-elements';
  return thrown instanceof RangeError && /call stack/i.test(thrown.message) ? 'too-deep' : 'damaged';
}

/**
 * Every element reads its VR (explicit) or a length of 32 bits (implicit) through the stream, and every item such a
 * length: these are counted, since the parser itself has no limit.
 */
function withBudget(stream: ByteStream): ByteStream {
  let reads = 0;
  const spend = (): void => {
    if (++reads > MAX_ELEMENTS) throw new TooManyElements();
  };
  const readFixedString = stream.readFixedString.bind(stream);
  const readUint32 = stream.readUint32.bind(stream);
  stream.readFixedString = (length) => {
    spend();
    return readFixedString(length);
  };
  stream.readUint32 = () => {
    spend();
    return readUint32();
  };
  return stream;
}

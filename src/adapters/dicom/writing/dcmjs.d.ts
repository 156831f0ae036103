/** The part of dcmjs that we use; the package brings no types. */
declare module 'dcmjs' {
  interface Element {
    readonly vr: string;
    readonly Value: readonly unknown[];
  }
  type Elements = Readonly<Record<string, Element>>;

  class WriteBufferStream {
    constructor(initialBytes: number, isLittleEndian: boolean);
    getBuffer(): ArrayBuffer;
  }
  class DicomDict {
    constructor(meta: Elements);
    /** Preamble, file meta information, and the data set `dict` (empty when new). */
    write(): ArrayBuffer;
  }
  const DicomMessage: {
    /** Appends the elements in tag order; the number of bytes. */
    write(elements: Elements, stream: WriteBufferStream, transferSyntaxUid: string, options: object): number;
  };
  const DicomMetaDictionary: {
    /** By keyword. Tags as `(gggg,eeee)`. */
    readonly nameMap: Readonly<Record<string, { readonly tag: string; readonly vr: string } | undefined>>;
  };
  export const data: {
    readonly WriteBufferStream: typeof WriteBufferStream;
    readonly DicomDict: typeof DicomDict;
    readonly DicomMessage: typeof DicomMessage;
    readonly DicomMetaDictionary: typeof DicomMetaDictionary;
  };
}

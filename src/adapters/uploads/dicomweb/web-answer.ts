import type { IncomingMessage } from 'node:http';

/** Of answers in JSON; one to a query for a single instance is far shorter. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** An answer of a web server, of which the head has come. Its body must be read or dropped. */
export class WebAnswer {
  constructor(
    private readonly incoming: IncomingMessage,
    private readonly failure: (cause: unknown) => unknown,
  ) {}

  get status(): number {
    return this.incoming.statusCode ?? 0;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /**
   * The body as it comes.
   * @throws as `WebClient.ask`, also where the body ends before its end
   */
  async *bytes(): AsyncGenerator<Buffer, void> {
    try {
      for await (const chunk of this.incoming as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** The body as text; empty where it is longer than any answer expected. */
  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.bytes()) {
      length += chunk.length;
      if (length <= MAX_TEXT_BYTES) chunks.push(chunk);
    }
    return length <= MAX_TEXT_BYTES ? Buffer.concat(chunks).toString('utf8') : '';
  }

  /** Reads no further. */
  drop(): void {
    this.incoming.destroy();
  }
}

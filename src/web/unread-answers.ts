import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** How little a client may take of what is sent to it. */
export interface ReadingPatience {
  /**
   * One of which something is unsent must have taken `leastBytes` more within this, or all of it; so many times as long
   * as there are MiB unsent, since of an answer that is handed to the system as one piece no part shows as sent.
   */
  readonly unreadMs: number;
  readonly leastBytes: number;
  /** How often is looked. */
  readonly lookMs: number;
}

const MIB = 2 ** 20;

interface Mark {
  readonly sent: number;
  readonly at: number;
}

/**
 * Cuts off clients that do not read: their answer would stay in memory, its file open and their connection taken for as
 * long as they like. Whoever reads slowly is let be. Small things that are sent now and then (the beats of an event
 * stream) hide nothing: they count as taken only when all before them was.
 */
export class UnreadAnswers {
  readonly #marks = new Map<Socket, Mark>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly patience: ReadingPatience,
    private readonly cutOff: (socket: Socket) => void,
  ) {}

  /** All connections of a server, until each is closed. */
  watch(server: Server): void {
    // Of an encrypted one the first is the outer one, of which nobody says what is unsent within.
    server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#add(socket);
    });
  }

  #add(socket: Socket): void {
    this.#marks.set(socket, { sent: 0, at: performance.now() });
    socket.once('close', () => {
      this.#marks.delete(socket);
      if (this.#marks.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    this.#timer ??= setInterval(() => {
      this.#look();
    }, this.patience.lookMs).unref();
  }

  #look(): void {
    const { unreadMs, leastBytes } = this.patience;
    const at = performance.now();
    for (const [socket, mark] of this.#marks) {
      const unsent = socket.writableLength;
      const sent = socket.bytesWritten - unsent;
      if (unsent === 0 || sent - mark.sent >= leastBytes) this.#marks.set(socket, { sent, at });
      else if (at - mark.at >= unreadMs * Math.max(1, unsent / MIB)) this.cutOff(socket);
    }
  }
}

/** Ends a connection now, and lets go of what the system still holds to send: an ordinary end would wait for the reader. */
export function endAtOnce(socket: Socket): void {
  // The system's own reset is not to be had through encryption.
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

import { join } from 'node:path';

/** Room for a path in a socket's address on Linux (unix(7)), without the byte that ends it. */
const MOST_BYTES = 107;
/** What is put behind the folder of temporary files: ours, and what ssh appends while it makes the socket. */
const ADDED = '/mqi-ssh-123456/c.1234567890123456';

/**
 * Beginning of the name of a folder for the socket of a shared connection. Not below the root, nor below a long TMPDIR: the
 * path of a socket is bounded, and where it does not fit ssh shares no connection and begins one for each call.
 */
export function socketFolder(temporary: string): string {
  const fits = Buffer.byteLength(temporary) + ADDED.length <= MOST_BYTES;
  return join(fits ? temporary : '/tmp', 'mqi-ssh-');
}

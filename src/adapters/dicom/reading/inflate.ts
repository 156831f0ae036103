import { createInflate, createInflateRaw } from 'node:zlib';
import { MAX_PLAN_BYTES } from '../../../domain/plan.js';

/**
 * Plans and slices that inflate to more are refused, as are those that have more to begin with: 64 KiB may hold a
 * thousand times as much. What inflates is held twice for a moment, as chunks and as one.
 */
export const MAX_INFLATED_BYTES = MAX_PLAN_BYTES;

/**
 * Inflates the beginning of a deflated data set (PS3.5 A.5: raw deflate; some senders wrap it in zlib), at most about
 * `limit` bytes, whatever the rest would grow to. `ended`: the deflated stream came to its end. Null: damaged at once.
 */
export function inflatePrefix(bytes: Buffer, limit: number): Promise<{ bytes: Buffer; ended: boolean } | null> {
  return new Promise((resolve) => {
    const inflate = hasZlibHeader(bytes) ? createInflate() : createInflateRaw();
    const chunks: Buffer[] = [];
    let total = 0;
    const finish = (ended: boolean): void => {
      inflate.destroy();
      resolve(total === 0 && !ended ? null : { bytes: Buffer.concat(chunks), ended });
    };
    inflate.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      total += chunk.length;
      if (total >= limit) finish(false);
    });
    inflate.on('end', () => {
      finish(true);
    });
    // Cut off or damaged: what came out before is good, and the reader finds that it is not all.
    inflate.on('error', () => {
      finish(false);
    });
    inflate.end(bytes);
  });
}

function hasZlibHeader(bytes: Buffer): boolean {
  return (
    bytes.length >= 2 && (bytes[0] ?? 0) % 16 === 8 && bytes.readUInt16BE(0) % 31 === 0 && (bytes[0] ?? 0) >> 4 <= 7
  );
}

import { isIPv4, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Access } from '../access.js';

/** The address of the other end of the connection, without the dress of IPv4 in IPv6. */
const peerOf = ({ socket }: FastifyRequest): string => (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');

function isTrusted(address: string, { proxy }: Access): boolean {
  if (proxy === null) return false;
  return (
    (isIPv4(address) && proxy.addresses.check(address, 'ipv4')) ||
    (isIPv6(address) && proxy.addresses.check(address, 'ipv6'))
  );
}

/** True where the request came through the proxy that is trusted by configuration. */
export const isFromProxy = (request: FastifyRequest, access: Access): boolean => isTrusted(peerOf(request), access);

/**
 * Who asks. Behind the trusted proxy that is the last address of X-Forwarded-For which is not the proxy's own: what stands
 * before it was written by the client and may say anything.
 */
export function clientAddress(request: FastifyRequest, access: Access): string {
  const peer = peerOf(request);
  if (!isTrusted(peer, access)) return peer;
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((text) => text.trim().replace(/^::ffff:(?=\d+\.)/i, ''));
  const client = forwarded.findLast((address) => !isTrusted(address, access)) ?? '';
  return isIPv4(client) || isIPv6(client) ? client : peer;
}

/** True where the browser's own connection is encrypted: ours, or by the word of the trusted proxy. */
export const isEncrypted = (request: FastifyRequest, access: Access): boolean =>
  access.tls || (isFromProxy(request, access) && request.headers['x-forwarded-proto'] === 'https');

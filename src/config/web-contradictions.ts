import { against, type Check } from './against.js';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** What of `web` does not go together. */
export const webPage: Check = ({ web: { enabled, host, auth, insecure, tls, proxy } }) => {
  const isOpen = enabled && !LOOPBACK.test(host) && !insecure;
  return [
    against(
      isOpen && auth === 'none',
      'web.auth',
      'must not be none when web.host is reached from other machines, unless web.insecure: true',
      'web.host',
    ),
    against(
      isOpen && tls.certFile === null,
      'web.host',
      'must be 127.0.0.1, ::1 or localhost without web.tls.certFile, unless web.insecure: true',
      'web.tls.certFile',
    ),
    against(
      (tls.certFile === null) !== (tls.keyFile === null),
      tls.certFile === null ? 'web.tls.certFile' : 'web.tls.keyFile',
      'must be given when the other of web.tls.certFile and web.tls.keyFile is',
    ),
    against(
      enabled && auth === 'proxy' && proxy.addresses.length === 0,
      'web.proxy.addresses',
      'must be given when web.auth is proxy: from other addresses nobody is believed',
      'web.auth',
    ),
  ];
};

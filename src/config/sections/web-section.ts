import { isIP } from 'node:net';
import { z } from 'zod';
import { about, choice } from '../choice.js';

const path = { rule: 'a path; relative to root' };
const fileOrNull = z.string().min(1).nullable().default(null);

/** `10.1.2.3`, `10.1.0.0/16`, `fd00::/8`. */
function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

const tls = z
  .strictObject({
    certFile: fileOrNull.meta(about('Certificate and those that vouch for it, PEM. Read again when it changes.', path)),
    keyFile: fileOrNull.meta(about('Its key, PEM, without passphrase.', path)),
    minVersion: choice(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').meta(about('Oldest version of TLS that is spoken.')),
  })
  .prefault({})
  .meta({ description: 'Encryption of the page. Without files it is served unencrypted.' });

const session = z
  .strictObject({
    idleMinutes: z.number().min(1).max(10_080).default(60).meta(about('Ends a login that was not used so long.')),
    longestHours: z.number().min(0.1).max(720).default(12).meta(about('Ends any login after so long.')),
  })
  .prefault({})
  .meta({ description: 'How long a login lasts. A restart of the service ends all.' });

const proxy = z
  .strictObject({
    addresses: z
      .array(z.string().refine(isAddressOrNetwork))
      .default([])
      .meta(
        about('Addresses of the server that people come through. Only its word on who and whence is believed.', {
          rule: 'a list of addresses or networks, such as 10.1.2.3 or fd00::/64',
        }),
      ),
    userHeader: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,63}$/)
      .default('x-forwarded-user')
      .meta(about('Header in which it names who logged in there.', { rule: 'the name of a header, lower case' })),
    roleOfOthers: choice(['none', 'viewer', 'operator', 'admin'])
      .default('none')
      .meta(about('Role of people it names who are not in mqi user list. none: they are refused.')),
  })
  .prefault({})
  .meta({ description: 'A reverse proxy before the page, and for web.auth proxy the one that logs people in.' });

export const webSection = z
  .strictObject({
    enabled: z.boolean().default(true).meta(about('Whether the web page is served.')),
    host: z
      .string()
      .regex(/^[\w.:-]+$/)
      .default('127.0.0.1')
      .meta(about('Address it listens on.', { rule: 'a host name or an address' })),
    port: z.int().min(0).max(65_535).default(8321).meta(about('Port it listens on; 0 lets the system choose one.')),
    names: z
      .array(z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/))
      .default([])
      .meta(
        about('Further names the page is opened by. Requests for other names are refused.', {
          rule: 'a list of host names, lower case',
        }),
      ),
    auth: choice(['token', 'users', 'proxy', 'none'])
      .default('token')
      .meta(
        about(
          'Who may come in. token: who holds the token made at the first start; users: those of mqi user add; proxy: whom the server before it names; none: anybody. Scripts may always send the token.',
        ),
      ),
    patientsFor: choice(['viewer', 'operator', 'admin'])
      .default('operator')
      .meta(about('Least role that sees what may name a patient: folder names, plan labels, logs, files.')),
    insecure: z
      .boolean()
      .default(false)
      .meta(about('Leave to listen beyond this machine without login or without TLS. The page warns of it.')),
    session,
    tls,
    proxy,
  })
  .prefault({})
  .meta({ description: 'The live page and the HTTP interface (docs/security.md).' });

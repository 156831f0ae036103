import { BlockList } from 'node:net';
import { expect } from 'chai';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { AccessRule } from '../../../src/web/access.js';
import type { SessionView } from '../../../src/web/session/session-routes.js';
import { codeOf as code, PASSWORD, SomeVisits } from '../../builders/some-visits.js';

describe('the web page behind another server', () => {
  const visits = new SomeVisits();
  beforeEach(() => visits.begin());
  afterEach(() => visits.end());
  const serve: SomeVisits['serve'] = (rule) => visits.serve(rule);
  const ask: SomeVisits['ask'] = (change) => visits.ask(change);
  const logIn: SomeVisits['logIn'] = (payload, change) => visits.logIn(payload, change);

  const proxy = (roleOfOthers: 'viewer' | null = null): Partial<AccessRule> => {
    const addresses = new BlockList();
    addresses.addSubnet('10.1.0.0', 16, 'ipv4');
    return { auth: 'proxy', proxy: { addresses, userHeader: 'x-forwarded-user', roleOfOthers } };
  };
  const from = (remoteAddress: string, name: string, change: InjectOptions = {}): Promise<LightMyRequestResponse> =>
    ask({ url: '/api/session', remoteAddress, ...change, headers: { 'x-forwarded-user': name, ...change.headers } });

  it('believes it, and nobody else, who the user is', async () => {
    await serve(proxy());
    expect((await from('10.1.2.3', 'Oskar')).json()).to.include({ user: 'oskar', role: 'operator', auth: 'proxy' });
    expect((await from('::ffff:10.1.2.3', 'vera')).json()).to.include({ user: 'vera', role: 'viewer' });
    for (const address of ['10.2.0.1', '127.0.0.1', '::1']) {
      expect((await from(address, 'adam')).statusCode, address).to.equal(401);
    }
  });

  it('refuses people who are not among the users, unless they have a role by configuration', async () => {
    await serve(proxy());
    expect(code(await from('10.1.2.3', 'eve'))).to.equal('web.forbidden');
    for (const name of ['', 'adam, eve', 'adam eve', '../adam', 'x'.repeat(65)]) {
      expect((await from('10.1.2.3', name)).statusCode, name).to.equal(401);
    }
    await serve(proxy('viewer'));
    expect((await from('10.1.2.3', 'eve')).json()).to.include({ user: 'eve', role: 'viewer', seesPatient: false });
  });

  it('wants the proof that the page sent it of what changes something', async () => {
    await serve(proxy());
    const csrf = (await from('10.1.2.3', 'oskar')).json<SessionView>().csrf ?? '';
    const act = (headers: Record<string, string>): Promise<LightMyRequestResponse> =>
      from('10.1.2.3', 'oskar', { method: 'POST', url: '/api/cases/c1/retry', payload: {}, headers });
    expect(code(await act({}))).to.equal('web.csrf');
    expect((await act({ 'x-csrf-token': csrf })).statusCode).to.equal(200);
  });

  it('counts guesses by the address the proxy names, whatever the client wrote before it', async () => {
    await serve({ ...proxy(), auth: 'users' });
    const guess = (forwarded: string, password = 'wrong'): Promise<LightMyRequestResponse> =>
      logIn({ user: 'adam', password }, { remoteAddress: '10.1.2.3', headers: { 'x-forwarded-for': forwarded } });
    for (let i = 0; i < 5; i += 1) await guess(`192.0.2.${String(i)}, 203.0.113.7, 10.1.0.9`);
    expect((await guess('192.0.2.99, 203.0.113.7')).statusCode).to.equal(429);
    const other = await guess('203.0.113.8', PASSWORD);
    expect(other.statusCode).to.equal(200);
    expect(other.headers['set-cookie']).not.to.contain('Secure');
  });

  it('marks the cookie Secure where the proxy says that the browser came by TLS', async () => {
    await serve({ ...proxy(), auth: 'users' });
    const headers = { 'x-forwarded-proto': 'https' };
    const by = (remoteAddress: string): Promise<LightMyRequestResponse> =>
      logIn({ user: 'adam', password: PASSWORD }, { remoteAddress, headers });
    expect((await by('10.1.2.3')).headers['set-cookie']).to.match(/; Secure$/);
    expect((await by('10.2.2.3')).headers['set-cookie']).not.to.contain('Secure');
  });
});

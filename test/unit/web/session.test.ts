import { expect } from 'chai';
import type { LightMyRequestResponse } from 'fastify';
import { operator } from '../../../src/domain/errors.js';
import type { SessionView } from '../../../src/web/session/session-routes.js';
import { codeOf as code, cookieOf, PASSWORD, SomeVisits, TOKEN } from '../../builders/some-visits.js';

describe('logging in to the web page', () => {
  const visits = new SomeVisits();
  beforeEach(() => visits.begin());
  afterEach(() => visits.end());
  const serve: SomeVisits['serve'] = (rule) => visits.serve(rule);
  const ask: SomeVisits['ask'] = (change) => visits.ask(change);
  const logIn: SomeVisits['logIn'] = (payload, change) => visits.logIn(payload, change);

  interface In {
    readonly cookie: string;
    readonly view: SessionView;
    readonly read: (url?: string) => Promise<LightMyRequestResponse>;
    readonly act: (headers?: Record<string, string>) => Promise<LightMyRequestResponse>;
  }
  const loggedIn = async (payload: object): Promise<In> => {
    const answer = await logIn(payload);
    expect(answer.statusCode, answer.body).to.equal(200);
    const cookie = cookieOf(answer);
    const view = answer.json<SessionView>();
    const proof = { cookie, 'x-csrf-token': view.csrf ?? '' };
    return {
      cookie,
      view,
      read: (url = '/api/cases') => ask({ url, headers: { cookie } }),
      act: (headers = proof) => ask({ method: 'POST', url: '/api/cases/c1/retry', payload: {}, headers }),
    };
  };
  const user = (name: string): Promise<In> => loggedIn({ user: name, password: PASSWORD });

  describe('by the token', () => {
    beforeEach(() => serve());

    it('gives a session that reads and acts, in the name of the token', async () => {
      const { view, read, act } = await loggedIn({ token: TOKEN });
      expect(view).to.deep.include({ user: null, role: 'admin', auth: 'token', seesPatient: true, insecure: false });
      expect(view.version).to.match(/^\d+\.\d+\.\d+/);
      expect((await read()).statusCode).to.equal(200);
      expect((await act()).statusCode).to.equal(200);
      expect(visits.ports.control.asked).to.deep.equal([['retry', 'c1', {}, 'web:token']]);
    });

    it('keeps the session in a cookie that scripts cannot read and other pages cannot send', async () => {
      const cookie = String((await logIn({ token: TOKEN })).headers['set-cookie']);
      expect(cookie).to.match(/^mqi_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    });

    it('tells the page who is logged in, or how to log in', async () => {
      const { cookie, view } = await loggedIn({ token: TOKEN });
      expect((await ask({ url: '/api/session', headers: { cookie } })).json()).to.deep.equal(view);
      const nobody = await ask({ url: '/api/session' });
      expect(nobody.statusCode).to.equal(401);
      expect(nobody.json()).to.include({ code: 'web.no-token', auth: 'token' });
    });

    it('lets scripts send the token as before, without a session', async () => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      expect((await ask({ url: '/api/session', headers })).json()).to.include({ role: 'admin', csrf: null });
      expect((await ask({ method: 'POST', url: '/api/cases/c1/retry', payload: {}, headers })).statusCode).to.equal(
        200,
      );
    });

    it('takes no password', async () => {
      expect(code(await logIn({ user: 'adam', password: PASSWORD }))).to.equal('web.no-passwords');
    });
  });

  describe('by name and password', () => {
    beforeEach(() => serve({ auth: 'users' }));

    it('gives the role of the user, whose name stands in the history', async () => {
      const { view, act } = await user('Oskar');
      expect(view).to.include({ user: 'oskar', role: 'operator', seesPatient: true });
      expect((await act()).statusCode).to.equal(200);
      expect(visits.ports.control.asked).to.deep.equal([['retry', 'c1', {}, 'web:oskar']]);
    });

    it('lets viewers look and nothing else', async () => {
      const { cookie, view, read } = await user('vera');
      expect(view.seesPatient).to.equal(false);
      expect((await read()).statusCode).to.equal(200);
      const headers = { cookie, 'x-csrf-token': view.csrf ?? '' };
      for (const verb of ['retry', 'hold', 'resume', 'cancel', 'priority']) {
        const refused = await ask({ method: 'POST', url: `/api/cases/c1/${verb}`, payload: {}, headers });
        expect(refused.statusCode, verb).to.equal(403);
        expect(code(refused), verb).to.equal('web.forbidden');
      }
      expect(visits.ports.control.asked).to.deep.equal([]);
    });

    it('answers a wrong name like a wrong password', async () => {
      const [name, password] = [
        await logIn({ user: 'eve', password: 'x' }),
        await logIn({ user: 'adam', password: 'x' }),
      ];
      expect(name.statusCode).to.equal(401);
      expect(name.body).to.equal(password.body);
      expect(name.headers['set-cookie']).to.equal(undefined);
    });

    it('refuses what changes something without the proof that the page sent it', async () => {
      const { cookie, view, act } = await user('oskar');
      for (const headers of [
        { cookie },
        { cookie, 'x-csrf-token': '' },
        { cookie, 'x-csrf-token': `${view.csrf ?? ''}x` },
      ]) {
        const refused = await act(headers);
        expect(refused.statusCode).to.equal(403);
        expect(code(refused)).to.equal('web.csrf');
      }
      const other = await user('oskar');
      expect(code(await act({ cookie, 'x-csrf-token': other.view.csrf ?? '' }))).to.equal('web.csrf');
      expect((await ask({ method: 'DELETE', url: '/api/session', headers: { cookie } })).statusCode).to.equal(403);
      expect(visits.ports.control.asked).to.deep.equal([]);
    });

    it('ends with a log-out', async () => {
      const { cookie, view, read } = await user('oskar');
      const headers = { cookie, 'x-csrf-token': view.csrf ?? '' };
      const answer = await ask({ method: 'DELETE', url: '/api/session', headers });
      expect(answer.statusCode).to.equal(204);
      expect(answer.headers['set-cookie']).to.match(/^mqi_session=; .*Max-Age=0$/);
      expect((await read()).statusCode).to.equal(401);
    });

    it('ends after an hour unused, but not while it is used', async () => {
      const { read } = await user('oskar');
      for (let i = 0; i < 3; i += 1) {
        await visits.ports.clock.advance(50 * 60_000);
        expect((await read()).statusCode).to.equal(200);
      }
      await visits.ports.clock.advance(61 * 60_000);
      expect((await read()).statusCode).to.equal(401);
    });

    it('ends after twelve hours in any case', async () => {
      const { read } = await user('oskar');
      for (let i = 0; i < 23; i += 1) {
        await visits.ports.clock.advance(31 * 60_000);
        expect((await read()).statusCode).to.equal(200);
      }
      await visits.ports.clock.advance(31 * 60_000);
      expect((await read()).statusCode).to.equal(401);
    });

    it('ends when the user is removed or gets another password; a role changes at once', async () => {
      const [oskar, adam] = [await user('oskar'), await user('adam')];
      await visits.ports.users.setRole('oskar', 'viewer');
      expect((await oskar.read('/api/session')).json()).to.include({ role: 'viewer', seesPatient: false });
      expect((await oskar.act()).statusCode).to.equal(403);
      await visits.ports.users.setPassword('oskar', 'another good password');
      await visits.ports.users.remove('adam');
      expect((await oskar.read()).statusCode).to.equal(401);
      expect((await adam.read()).statusCode).to.equal(401);
    });

    it('believes no cookie that it did not make', async () => {
      const made = 'A'.repeat(43);
      for (const cookie of [`mqi_session=${made}`, `mqi_session=`, `mqi_session=${made}; mqi_session=${made}`]) {
        expect((await ask({ url: '/api/cases', headers: { cookie } })).statusCode, cookie).to.equal(401);
      }
    });

    it('gives another id at each login, and ends the former one', async () => {
      const first = await user('oskar');
      const again = await logIn({ user: 'oskar', password: PASSWORD }, { headers: { cookie: first.cookie } });
      expect(cookieOf(again)).not.to.equal(first.cookie);
      expect((await first.read()).statusCode).to.equal(401);
    });
  });

  describe('too many wrong guesses', () => {
    beforeEach(() => serve({ auth: 'users' }));
    const guess = (password = 'wrong', remoteAddress = '10.0.0.66'): Promise<LightMyRequestResponse> =>
      logIn({ user: 'adam', password }, { remoteAddress });

    it('at ten a second are locked out, also with the right password among them', async () => {
      const answers = await Promise.all(Array.from({ length: 9 }, () => guess()));
      answers.push(await guess(PASSWORD));
      expect(answers.map(({ statusCode }) => statusCode)).to.deep.equal([
        401, 401, 401, 401, 401, 429, 429, 429, 429, 429,
      ]);
      const last = answers[9];
      expect(last?.headers['retry-after']).to.equal('30');
      expect(last?.json()).to.include({ code: 'web.locked-out' });
      await visits.ports.clock.advance(30_000);
      expect((await guess(PASSWORD)).statusCode).to.equal(200);
    });

    it('at the token are locked out, while a script that has it goes on', async () => {
      const bearer = (token: string): Promise<LightMyRequestResponse> =>
        ask({ url: '/api/cases', headers: { authorization: `Bearer ${token}` } });
      const answers = [];
      for (let i = 0; i < 7; i += 1) answers.push((await bearer(`wrong-${String(i)}`)).statusCode);
      expect(answers).to.deep.equal([401, 401, 401, 401, 401, 429, 429]);
      expect((await logIn({ token: TOKEN })).statusCode).to.equal(429);
      expect((await bearer(TOKEN)).statusCode).to.equal(200);
    });

    it('from many addresses do not keep the user out who comes from another', async () => {
      for (let i = 0; i < 100; i += 1) await guess('wrong', `10.0.1.${String(i)}`);
      expect((await guess(PASSWORD, '10.9.9.9')).statusCode).to.equal(200);
    });

    it('do not end sessions that are there', async () => {
      const { read } = await user('adam');
      for (let i = 0; i < 7; i += 1) await guess('wrong', '127.0.0.1');
      expect((await read()).statusCode).to.equal(200);
    });
  });

  describe('is written down', () => {
    beforeEach(() => serve({ auth: 'users' }));

    it('when it succeeds, and when it ends', async () => {
      const { cookie, view } = await user('oskar');
      await loggedIn({ token: TOKEN });
      await ask({ method: 'DELETE', url: '/api/session', headers: { cookie, 'x-csrf-token': view.csrf ?? '' } });
      expect(visits.ports.audit.lines).to.deep.equal([
        'web:oskar login done {"address":"127.0.0.1"}',
        'web:token login done {"address":"127.0.0.1"}',
        'web:oskar logout done {"address":"127.0.0.1"}',
      ]);
    });

    it('when it fails, up to the lock-out, without what was typed in place of a name', async () => {
      await logIn({ user: 'my-secret-password', password: 'x' });
      await ask({ url: '/api/cases', headers: { authorization: 'Bearer wrong' } });
      for (let i = 0; i < 20; i += 1) await logIn({ user: 'adam', password: 'wrong' });
      expect(visits.ports.audit.lines).to.deep.equal([
        'web:unknown login refused {"address":"127.0.0.1"}',
        'web:token login refused {"address":"127.0.0.1"}',
        'web:adam login refused {"address":"127.0.0.1"}',
        'web:adam login refused {"address":"127.0.0.1"}',
        'web:adam login locked-out {"address":"127.0.0.1"}',
      ]);
      const log = JSON.stringify(visits.ports.log.lines);
      expect(log).to.contain('login refused').and.not.to.contain('my-secret').and.not.to.contain('wrong');
    });

    it('or nobody is let in', async () => {
      visits.ports.audit.failure = operator('disk.full', 'no room');
      const answer = await logIn({ user: 'adam', password: PASSWORD });
      expect(answer.statusCode).to.equal(500);
      expect(answer.headers['set-cookie']).to.equal(undefined);
    });
  });

  it('marks the cookie Secure where the page is served by TLS', async () => {
    await serve({ tls: true });
    expect((await logIn({ token: TOKEN })).headers['set-cookie']).to.match(/; Secure$/);
  });

  it('is not wanted where nobody has to log in', async () => {
    await serve({ token: null });
    expect((await ask({ url: '/api/session' })).json()).to.include({ auth: 'none', role: 'admin', csrf: null });
    expect((await logIn({})).statusCode).to.equal(200);
  });
});

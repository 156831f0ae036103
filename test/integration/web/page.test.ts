import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { AccessRule } from '../../../src/web/access.js';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { aBeam } from '../../builders/a-beam.js';
import { aComparison, aDelivery } from '../../builders/a-delivery.js';
import { aCase } from '../../builders/a-case.js';
import { describeInBrowser, expectAccessible, launchBrowser } from '../../browser/chromium.js';
import { until } from '../../until.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';

const TOKEN = 'a-token-for-tests-only-0123';

/** Other work on the machine may hold up some tries: the best is what the page does by itself. Ends with the first that will do. */
async function bestOf(measured: () => Promise<number>, enoughMs: number): Promise<number> {
  let best = Infinity;
  for (let tries = 0; tries < 10 && best >= enoughMs; tries += 1) best = Math.min(best, await measured());
  return best;
}

describeInBrowser('the live page in a browser (wants Chromium)', () => {
  let browser: Browser;
  let page: Page;
  let web: WebApp | null = null;
  let ports: SomeWebPorts;
  let address: string;
  let asked: string[];
  let complaints: string[];

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    ports = someWebPorts();
    const hostile = 'lung <img src=x onerror=alert(1)>';
    ports.tables.cases.set('c1', aCase({ id: 'c1', folder: hostile, state: 'failed', finishedAt: 1 }));
    ports.tables.cases.set('c2', aCase({ id: 'c2', folder: 'head', waitingFor: 'CT slices 3 to 5', progress: 5 }));
    ports.tables.beams.set('c2/1', aBeam({ caseId: 'c2', name: 'RPO' }));
    await serve({ token: TOKEN, loopback: true });
    page = await browser.newPage();
    asked = [];
    complaints = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    await stop();
  });

  const stop = async (): Promise<void> => {
    web?.endStreams();
    await web?.app.close();
    web = null;
  };
  const serve = async (rule: AccessRule): Promise<void> => {
    await stop();
    web = await buildWebApp(ports, rule);
    await web.app.listen({ host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${String((web.app.server.address() as AddressInfo).port)}/`;
  };
  const open = async (): Promise<void> => {
    await page.goto(`${address}#token=${TOKEN}`);
    await page.waitForSelector('[data-id="c2"]');
  };

  it('shows cases with why they wait, asks nobody else for anything and takes the token out of the address', async () => {
    await open();
    expect(await page.textContent('[data-id="c2"]')).to.contain('waiting for CT slices 3 to 5');
    expect(asked.filter((url) => !url.startsWith(address))).to.deep.equal([]);
    expect(page.url()).to.equal(`${address}#/`);
    expect(complaints).to.deep.equal([]);
  });

  it('is painted within a second, and shows a change of a case within 300 ms', async () => {
    await open();
    const painted = async (): Promise<number> => {
      await page.reload();
      await page.waitForSelector('[data-id="c2"]');
      return page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime");
    };
    expect(await bestOf(painted, 1_000)).to.be.below(1_000);
    await page.waitForSelector('.connection.live');
    const kase = ports.tables.cases.get('c2');
    if (kase === undefined) throw new Error('the case is gone');
    let progress = 40;
    const shown = async (): Promise<number> => {
      progress += 1;
      const seen = page.waitForSelector(`[data-id="c2"] .progress:has-text("${String(progress)} %")`);
      const began = performance.now();
      ports.tables.cases.set('c2', { ...kase, progress, version: progress });
      await seen;
      return performance.now() - began;
    };
    expect(await bestOf(shown, 300)).to.be.below(300);
  });

  it('offers no action to those who may only look', async () => {
    await ports.users.add({ name: 'ann', role: 'viewer', password: 'long enough 123' });
    await ports.users.add({ name: 'bob', role: 'operator', password: 'long enough 456' });
    await serve({ token: TOKEN, loopback: true, auth: 'users' });
    const logIn = async (user: string, password: string): Promise<void> => {
      await page.goto(address);
      await page.fill('input[name="user"]', user);
      await page.fill('input[name="password"]', password);
      await page.click('button.primary');
    };
    await logIn('ann', 'wrong wrong wrong');
    await page.waitForSelector('.login .problem:not(:empty)');
    await logIn('ann', 'long enough 123');
    await page.waitForSelector('[data-id="c1"]');
    expect(await page.locator('[data-verb], .rows input').count()).to.equal(0);
    const namesNobody = async (): Promise<void> => {
      expect(await page.textContent('main')).not.to.match(/lung|head|RPO/);
    };
    await namesNobody();
    expect(await page.locator('[data-sort="folder"]').count()).to.equal(0);
    await page.click('[data-id="c2"] a');
    await page.waitForSelector('.case-head');
    await namesNobody();
    expect(await page.locator('.files').count()).to.equal(0);
    await page.click('nav a:text-is("History")');
    await page.waitForSelector('[data-panel="cases"]');
    await namesNobody();
    await page.click('button:text-is("Log out")');
    await page.waitForSelector('input[name="user"]'); // going elsewhere before would break the log out off
    await logIn('bob', 'long enough 456');
    await page.waitForSelector('[data-id="c1"] [data-verb="retry"]');
  });

  it('retries what is selected, all at once, and says what the service refused', async () => {
    ports.tables.cases.set('c3', aCase({ id: 'c3', folder: 'neck', state: 'failed', finishedAt: 1 }));
    ports.control.refuse('c1', 'its files are gone');
    await open();
    for (const id of ['c1', 'c3']) await page.check(`[data-id="${id}"] .c-select input`);
    await page.click('.selection [data-verb="retry"]');
    await page.selectOption('dialog select[name="from"]', 'simulate');
    await page.click('dialog button.primary');
    await page.waitForSelector('[data-banner="outcome"]:has-text("its files are gone")');
    expect(await page.textContent('[data-banner="outcome"]')).to.contain('Retry: done');
    expect(ports.control.asked).to.deep.include(['retry', 'c3', { from: 'simulate' }, 'web:token']);
  });

  it('shows delivery targets and delivers again to one of them, where the service tells of targets', async () => {
    const target = { name: 'pacs', kind: 'dicom', optional: false, state: 'down', waiting: 3, lastSuccessAt: null };
    const error = { code: 'upload.unavailable', message: 'the PACS does not answer', remedy: 'start it' };
    const pacs = { ...target, lastFailureAt: null, nextProbeAt: '2026-11-26T08:00:00Z', error };
    ports.tables.cases.set('c4', aCase({ id: 'c4', folder: 'done', state: 'completed', finishedAt: 1 }));
    const sent: unknown[] = [];
    await page.route('**/api/targets', (route) => route.fulfill({ json: { targets: [pacs] } }));
    await page.route('**/api/cases/c4/deliver', (route) => {
      sent.push(route.request().postDataJSON());
      return route.fulfill({ json: {} });
    });
    await open();
    await page.waitForSelector('[data-panel="targets"]:has-text("the PACS does not answer")');
    await page.check('[data-id="c4"] .c-select input');
    await page.click('.selection [data-verb="deliver"]');
    await page.selectOption('dialog select[name="target"]', 'pacs');
    await page.click('dialog button.primary');
    await page.waitForSelector('dialog', { state: 'detached' });
    await until('it is sent', () => sent.length > 0);
    expect(sent).to.deep.equal([{ target: 'pacs' }]);
  });

  it('draws only what is in sight of a long list, wherever it is scrolled to', async () => {
    for (let n = 0; n < 3000; n += 1) {
      const id = `n${String(n).padStart(4, '0')}`;
      ports.tables.cases.set(id, aCase({ id, folder: id, createdAt: n, state: 'completed', finishedAt: 1 }));
    }
    await open();
    await page.waitForSelector('.found:text-is("3,002 cases")');
    expect(await page.locator('.rows .row').count()).to.be.below(60);
    await page.locator('.list').evaluate((list: { scrollTop: number; scrollHeight: number }) => {
      list.scrollTop = list.scrollHeight;
    });
    await page.waitForSelector('[data-id="n0000"]');
    expect(await page.getAttribute('[data-id="n0000"]', 'aria-rowindex')).to.equal('3003');
    expect(await page.locator('.rows .row').count()).to.be.below(60);
    await page.fill('#search', 'n2999');
    await page.waitForSelector('[data-id="n2999"]');
  });

  it('shows a hostile folder name as the text it is', async () => {
    await open();
    expect(await page.textContent('[data-id="c1"] a.one-line')).to.equal('lung <img src=x onerror=alert(1)>');
    expect(await page.locator('main img').count()).to.equal(0);
  });

  it('opens a case to its beams, and shows progress as it comes', async () => {
    await open();
    await page.click('[data-id="c2"] a');
    await page.waitForSelector('.case :text-is("RPO")');
    expect(page.url()).to.equal(`${address}#/case/c2`);
    const kase = ports.tables.cases.get('c2');
    if (kase === undefined) throw new Error('the case is gone');
    ports.tables.cases.set('c2', { ...kase, waitingFor: null, progress: 42, version: 9 });
    await page.waitForSelector('.case-line:has-text("42 %")');
  });

  it('shows planned against delivered of a case with delivery logs, what is wrong with them as the text it is', async () => {
    const { deliveries } = ports.tables;
    deliveries.set(1, { id: 1, ...aDelivery({ caseId: 'c2', comparison: aComparison() }) });
    const problem = 'PlanInfo.txt: <img src=x onerror=alert(1)>';
    deliveries.set(2, { id: 2, ...aDelivery({ caseId: 'c2', folder: 'b', fraction: 2, problem }) });
    await open();
    await page.click('[data-id="c2"] a');
    await page.waitForSelector('.case:has-text("Planned against delivered")');
    const shown = await page.textContent('.case');
    expect(shown).to.contain('1 (complete)').and.to.contain('0.250').and.to.contain(problem);
    expect(complaints).to.deep.equal([]);
  });

  it('asks for the token where the address has none', async () => {
    await page.goto(address);
    await page.waitForSelector('input[name="token"]');
    await expectAccessible(page, 'the login');
    await page.fill('input[name="token"]', TOKEN);
    await page.click('button.primary');
    await page.waitForSelector('[data-id="c2"]');
    expect(await page.isVisible('.login')).to.equal(false);
  });
});

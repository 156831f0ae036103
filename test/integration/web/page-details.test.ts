import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { permanent, toFailure } from '../../../src/domain/errors.js';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { aComparison, aDelivery } from '../../builders/a-delivery.js';
import { aCase } from '../../builders/a-case.js';
import { describeInBrowser, launchBrowser } from '../../browser/chromium.js';
import { go } from '../../browser/pictures.js';
import { until } from '../../until.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';

const TOKEN = 'a-token-for-tests-only-0123';
const DAY_MS = 86_400_000;

describeInBrowser('what the live page tells in passing (wants Chromium)', () => {
  let browser: Browser;
  let page: Page;
  let web: WebApp;
  let ports: SomeWebPorts;

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    ports = someWebPorts();
    web = await buildWebApp(ports, { token: TOKEN, loopback: true });
    await web.app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    await page.close();
    web.endStreams();
    await web.app.close();
  });

  /** In Korea it is nine hours later than UTC. */
  const open = async (hash = ''): Promise<void> => {
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, timezoneId: 'Asia/Seoul' });
    const { port } = web.app.server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${String(port)}/#token=${TOKEN}`);
    await page.waitForSelector('.connection.live');
    await go(page, `#/${hash}`);
  };

  it('every time in the zone of the browser, also those that stand in words of the service', async () => {
    const lost = 'inbox: lost since 2026-11-26T16:00:00.000Z (it does not answer)';
    const away = toFailure(
      permanent('host.away', 'host far cannot be reached since 2026-11-26T15:30Z', { remedy: 'x' }),
    );
    ports.tables.cases.set('c1', aCase({ id: 'c1', waitingFor: `${lost}, next attempt at 2026-11-26 16:20:05 UTC` }));
    ports.tables.cases.set('c2', aCase({ id: 'c2', state: 'failed', error: away, finishedAt: 1 }));
    await open();
    await page.waitForSelector('[data-id="c2"]');
    const list = (await page.textContent('.rows')) ?? '';
    expect(list)
      .to.contain('lost since 2026-11-27 01:00:00 (it does not answer)')
      .and.to.contain('next attempt at 2026-11-27 01:20:05')
      .and.to.contain('cannot be reached since 2026-11-27 00:30');
    expect(list).not.to.match(/UTC|\dZ/);
    await go(page, '#/case/c1');
    await page.waitForSelector('.case-head:has-text("next attempt at 2026-11-27 01:20:05")');
  });

  it('values below a plot while a day of it is pointed at, and only then', async () => {
    const day = Math.floor(Date.now() / DAY_MS) - 3;
    ports.history.rows = { ...ports.history.rows, cases: [{ day, state: 'failed', cases: 2 }] };
    await open('history');
    const legend = page.locator('[data-panel="cases"] .u-legend');
    const value = legend.locator('.u-value').last();
    await legend.waitFor();
    // The pointer rests on the legend, or on the numbers of the axis: above the plot, but on no day of it.
    await legend.hover();
    expect(await value.isVisible()).to.equal(false);
    const colon = "getComputedStyle(document.querySelector('.u-legend th'), '::after').content";
    expect(await page.evaluate(colon)).to.equal('none');
    await page.locator('[data-panel="cases"] .u-over').hover();
    await value.waitFor({ state: 'visible' });
    await until('its number', async () => /^\d+$/.test((await value.textContent()) ?? ''));
    expect(await page.evaluate(colon)).not.to.equal('none');
    await legend.hover();
    await value.waitFor({ state: 'hidden' });
  });

  it('lines of a plot by their colours, also once these have changed with the theme', async () => {
    ports.tables.cases.set('c1', aCase({ id: 'c1' }));
    ports.tables.deliveries.set(1, { id: 1, ...aDelivery({ caseId: 'c1', comparison: aComparison() }) });
    await open('case/c1');
    const marker = page.locator('.plot .u-legend .u-marker').last();
    await marker.waitFor({ state: 'attached' });
    const colour = (): Promise<string> =>
      marker.evaluate((element: { style: { borderColor: string } }) => element.style.borderColor);
    const light = await colour();
    await page.emulateMedia({ colorScheme: 'dark' });
    await until('the legend has the colours of the dark', async () => (await colour()) !== light);
  });

  it('how to log out, also to who came by the token; the session is then over', async () => {
    ports.tables.cases.set('c1', aCase({ id: 'c1' }));
    await open();
    await page.click('button:text-is("Log out")');
    await page.waitForSelector('input[name="token"]');
    const [cookie] = await page.context().cookies();
    expect(cookie?.value ?? '').to.equal('');
    expect(ports.audit.lines.at(-1)).to.match(/^web:token logout done/);
  });
});

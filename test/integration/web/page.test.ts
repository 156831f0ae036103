import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { chromium, type Browser, type Page } from 'playwright-core';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { aBeam } from '../../builders/a-beam.js';
import { aComparison, aDelivery } from '../../builders/a-delivery.js';
import { aCase } from '../../builders/a-case.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';

const TOKEN = 'a-token-for-tests-only-0123';
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const QUIET = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'];

(CHROMIUM === undefined ? describe.skip : describe)('the live page in a browser (wants Chromium)', () => {
  let browser: Browser;
  let page: Page;
  let web: WebApp;
  let ports: SomeWebPorts;
  let address: string;
  let asked: string[];
  let complaints: string[];

  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: QUIET });
  });
  after(() => browser.close());
  beforeEach(async () => {
    ports = someWebPorts();
    const hostile = 'lung <img src=x onerror=alert(1)>';
    ports.tables.cases.set('c1', aCase({ id: 'c1', folder: hostile, state: 'failed', finishedAt: 1 }));
    ports.tables.cases.set('c2', aCase({ id: 'c2', folder: 'head', waitingFor: 'CT slices 3 to 5', progress: 5 }));
    ports.tables.beams.set('c2/1', aBeam({ caseId: 'c2', name: 'RPO' }));
    web = await buildWebApp(ports, { token: TOKEN, loopback: true });
    await web.app.listen({ host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${String((web.app.server.address() as AddressInfo).port)}/`;
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
    web.endStreams();
    await web.app.close();
  });

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
    await page.fill('input[name="token"]', TOKEN);
    await page.click('button.primary');
    await page.waitForSelector('[data-id="c2"]');
    expect(await page.isVisible('.login')).to.equal(false);
  });
});

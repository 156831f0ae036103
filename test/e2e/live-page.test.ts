import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { aGpuLine, aGpuTool } from '../builders/a-gpu-tool.js';
import { describeInBrowser, expectAccessible, launchBrowser } from '../browser/chromium.js';
import { go, takePictures } from '../browser/pictures.js';
import { endNow } from '../end-now.js';
import { engineProcesses } from '../faults/kills/engine-processes.js';
import { until } from '../until.js';
import { Service } from './service.js';

/** Long enough for a dose of the pencil beam on a machine that does much else. */
const PATIENCE = { timeout: 90_000 };

describeInBrowser('a day on the live page: the real service, real cases, a real browser (wants Chromium)', function () {
  this.timeout(120_000);
  const service = new Service({
    web: { port: 0 },
    processing: { maxRetries: 0, retryDelaySeconds: 1 },
    uploads: [
      { name: 'outbox', kind: 'folder', path: 'outbox' },
      { name: 'ward', kind: 'folder', path: '../ward' },
    ],
  });
  let browser: Browser;
  let page: Page;
  let address: string;
  const complaints: string[] = [];

  before(async () => {
    const bin = join(service.place, 'bin');
    mkdirSync(bin);
    mkdirSync(join(service.place, 'ward'));
    const lines = [aGpuLine('GPU-1'), aGpuLine('GPU-2', { index: '1', bus: '00000000:AF:00.0', used: '1310' })];
    aGpuTool(bin, { gpus: `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}` });
    service.start({ env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` } });
    const served = await until(
      'the page is served',
      () => /live page: (\S+)|web page: (\S+)/.exec(service.output()),
      30_000,
    );
    address = served[1] ?? served[2] ?? '';
    const token = readFileSync(join(service.root, 'web-token'), 'utf8').trim();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${address.replace(/#.*/, '')}#token=${token}`);
    await page.waitForSelector('.connection.live');
  });
  after(async () => {
    await browser.close();
    await service.end();
  });

  /** Made elsewhere and put in whole: with the quiet time of this test, a slow copy would count as two. */
  const make = async (
    name: string,
    seed: number,
    beams = 2,
    { layers = 4, spots = 9, logs = false }: { layers?: number; spots?: number; logs?: boolean } = {},
  ): Promise<void> => {
    const made = join(service.place, `made-${String(seed)}`);
    const size = ['--beams', String(beams), '--layers', String(layers), '--spots', String(spots)];
    await service.mqi('make-case', made, '--seed', String(seed), ...size, ...(logs ? ['--logs'] : []));
    renameSync(made, join(service.inbox, name));
  };
  const row = (name: string) => page.locator(`.rows .row:has(a:text-is("${name}"))`);
  const stateOf = (name: string, state: string) => row(name).locator(`.state.${state}`).waitFor(PATIENCE);
  const confirm = async (verb: string): Promise<void> => {
    await page.click(`dialog button.primary:text-is("${verb}")`);
    await page.waitForSelector('dialog', { state: 'detached' });
  };

  it('shows a case that is dropped, on its way, and its dose when it is done', async () => {
    await make('Phantom A', 1);
    await row('Phantom A').waitFor(PATIENCE);
    await stateOf('Phantom A', 'completed');
    expect(await row('Phantom A').textContent())
      .to.contain('100 %')
      .and.to.contain('2/2');
    await page.waitForSelector('[data-kind="completed"] .count:text-is("1")', PATIENCE);
  });

  it('says that a delivery target is away, what waits for it and when it is tried again; then delivers', async function () {
    this.timeout(180_000);
    const away = join(service.place, 'ward');
    rmSync(away, { recursive: true, force: true });
    writeFileSync(away, 'not a folder any more');
    await make('Phantom B', 2);
    const panel = page.locator('[data-panel="targets"] li:has-text("ward")');
    await panel.locator('.mark.down').waitFor(PATIENCE);
    // The target is seen to be away before the case waits for it.
    await page.waitForSelector('[data-panel="targets"] li:has-text("ward"):has-text("1 waiting")', PATIENCE);
    const told = await panel.textContent();
    expect(told)
      .to.match(/next try \d\d:\d\d/)
      .and.to.contain('upload target ward cannot be reached');
    await row('Phantom B').locator('.c-happens:has-text("target ward")').waitFor(PATIENCE);
    rmSync(away);
    mkdirSync(away);
    await row('Phantom B').locator('.c-select input').check();
    await page.click('.selection [data-verb="deliver"]');
    await expectAccessible(page, 'the dialog of a delivery');
    await page.selectOption('dialog select[name="target"]', 'ward');
    await confirm('Deliver again');
    await stateOf('Phantom B', 'completed');
    await panel.locator('.mark.working').waitFor(PATIENCE);
    await page.click('button:text-is("Clear selection")');
  });

  it('shows the receipts of both targets, and gives the record of the run to keep', async () => {
    await row('Phantom B').locator('a').first().click();
    const receipts = page.locator('.facts:has(h2:text-is("Receipts"))');
    await receipts.locator('td:text-is("ward")').first().waitFor(PATIENCE);
    expect(await receipts.locator('tbody tr').count()).to.equal(6);
    expect(await receipts.locator('thead').textContent())
      .to.contain('Tries')
      .and.to.contain('Target said');
    const saved = page.waitForEvent('download');
    await page.click('.files a:text-is("record.json")');
    const record = JSON.parse(readFileSync(await (await saved).path(), 'utf8')) as Record<string, unknown>;
    expect(record).to.include({ format: 'mqi-record/1', run: 1 });
    await page.click('a.back');
  });

  it('holds a case with a reason, changes its priority, lets it go on and cancels it, by keyboard alone', async () => {
    const made = join(service.place, 'incomplete');
    await service.mqi('make-case', made, '--seed', '3');
    const slice = readdirSync(made).filter((name) => name.startsWith('CT'))[5] ?? '';
    rmSync(join(made, slice));
    renameSync(made, join(service.inbox, 'Incomplete'));
    await row('Incomplete').waitFor(PATIENCE);
    await row('Incomplete').locator('.c-select input').focus();
    await page.keyboard.press('Space');
    const toolbar = page.locator('.selection');
    await toolbar.waitFor();
    const press = async (verb: string): Promise<void> => {
      await toolbar.locator(`[data-verb="${verb}"]`).focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('dialog[open]');
      await expectAccessible(page, `the dialog of ${verb}`);
    };
    await press('hold');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    expect(await row('Incomplete').textContent()).not.to.contain('held');
    await press('hold');
    await page.keyboard.type('ask the planner');
    await page.keyboard.press('Enter');
    await row('Incomplete').locator(':text("held: ask the planner")').first().waitFor(PATIENCE);
    await press('priority');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('7');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog', { state: 'detached' });
    await press('resume');
    await page.locator('dialog button.primary').focus();
    await page.keyboard.press('Enter');
    await row('Incomplete').locator('.state:not(.held)').waitFor(PATIENCE);
    await press('cancel');
    await page.locator('dialog button.primary').focus();
    await page.keyboard.press('Enter');
    await stateOf('Incomplete', 'cancelled');
    const known = (await service.cases()).find(({ folder }) => folder === 'Incomplete');
    expect(known).to.include({ state: 'cancelled', priority: 7 });
  });

  it('narrows the list by kind, text and order, and finds nothing where there is nothing', async () => {
    await page.click('[data-kind="cancelled"]');
    await page.waitForSelector('.found:text-is("1 case")');
    await page.click('[data-kind="all"]');
    await page.fill('#search', 'phantom b');
    await page.waitForSelector('.found:text-is("1 case")');
    expect(page.url()).not.to.contain('phantom');
    await page.fill('#search', 'nowhere');
    await page.waitForSelector('.list .empty');
    await page.click('button:text-is("Clear filters")');
    await page.click('[data-sort="folder"]');
    await page.waitForSelector('.rows .row[aria-rowindex="2"] a:text-is("Incomplete")');
    expect(await page.getAttribute('[role="columnheader"].c-case', 'aria-sort')).to.equal('ascending');
  });

  it('shows what GPUs do, the share and the disk', async () => {
    await page.waitForSelector('[data-place] .plot:has-text("41 °C")', PATIENCE);
    expect(await page.locator('[data-panel="places"] [data-place]').count()).to.equal(2);
    expect(await page.textContent('[data-panel="shares"]')).to.contain('watched');
    expect(await page.textContent('[data-panel="disk"]')).to.contain('free');
  });

  it('tells what was, and saves it for a spreadsheet', async () => {
    await page.click('nav a:text-is("History")');
    await page.waitForSelector('[data-panel="cases"] canvas');
    expect(await page.textContent('[data-panel="cases"]')).to.contain('3 cases: 2 completed, 0 failed');
    expect(await page.textContent('[data-panel="places"]')).to.contain('GPU-1');
    const steps = await page.textContent('[data-panel="steps"] tbody');
    const saved = page.waitForEvent('download');
    await page.click('[data-panel="steps"] button');
    const path = await (await saved).path();
    const [head, first = ''] = readFileSync(path, 'utf8').split('\r\n');
    expect(head).to.equal('day,step,done,meanSeconds,longestSeconds');
    expect(steps).to.contain(first.split(',')[1]);
  });

  it('has no serious fault for those who use a screen reader, on any page, light or dark, wide or narrow', async () => {
    const [kase] = await service.cases();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        for (const at of ['', 'history', `case/${kase?.id ?? ''}`]) {
          await go(page, `#/${at}`);
          await page.waitForSelector(at === '' ? '.rows .row' : at === 'history' ? '.day-plot canvas' : '.case-head');
          await expectAccessible(page, `${at} at ${String(width)}, ${colorScheme}`);
          const tooWide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          expect(tooWide, `${at} scrolls sideways at ${String(width)}`).to.be.at.most(0);
        }
      }
    }
  });

  it('is photographed', async function () {
    const folder = process.env['MQI_PICTURES'];
    if (folder === undefined) return;
    this.timeout(300_000);
    await page.setViewportSize({ width: 1280, height: 800 });
    await go(page, '#/');
    const clear = page.locator('button:text-is("Clear selection")');
    if ((await clear.count()) > 0) await clear.click();
    await page.click('[data-sort="created"]');
    await make('Phantom P', 9, 2, { layers: 12, spots: 81, logs: true });
    await stateOf('Phantom P', 'completed');
    for (const [i, name] of ['Phantom C', 'Phantom D', 'Phantom E'].entries()) await make(name, 10 + i, 3);
    const engine = await until(
      'an engine',
      () => engineProcesses(service.root).find(({ isWrapper }) => !isWrapper),
      60_000,
    );
    endNow(engine.pid);
    await make('Phantom F', 20, 3);
    const last = await until(
      'the last case',
      async () => (await service.cases()).find(({ folder }) => folder === 'Phantom F'),
      60_000,
    );
    await service.mqi('hold', last.id, '--reason', 'ask the planner');
    await until('the numbers have been asked for again', async () =>
      /held\s*1/.test((await page.textContent('main')) ?? ''),
    );
    await takePictures(page, folder, 'Phantom P');
  });

  it('keeps all its promises about foreign content: no complaint of the browser in the whole day', () => {
    expect(complaints).to.deep.equal([]);
  });

  it('says when the service is not heard any more, and when it cannot be reached', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    process.kill(service.pid, 'SIGSTOP');
    await page.waitForSelector('[data-banner="connection"]:has-text("has not been heard")', PATIENCE);
    process.kill(service.pid, 'SIGCONT');
    await page.waitForSelector('.connection.live', PATIENCE);
    expect(await page.locator('[data-banner="connection"]').count()).to.equal(0);
    await service.stop();
    await page.waitForSelector('[data-banner="connection"]:has-text("not reachable")', PATIENCE);
  });
});

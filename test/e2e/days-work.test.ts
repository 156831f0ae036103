import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { describeInBrowser, expectAccessible, launchBrowser } from '../browser/chromium.js';
import { until } from '../until.js';
import { Service } from './service.js';

const FAKE_ENGINE = fileURLToPath(new URL('../../../scripts/fake-engine.mjs', import.meta.url));
/** Ends badly once, at the first beam 2 that comes; well from then on. */
const ENGINE = `if [ "$3" = 2 ] && mkdir "$4/failed-once" 2>/dev/null; then
  echo 'the table of stopping powers cannot be read'
  exit 3
fi
exec "$5" '${FAKE_ENGINE}' --geometry "$1" --output "$2" --seconds 1
`;

describeInBrowser('a day’s work on the page alone (wants Chromium)', function () {
  this.timeout(120_000);
  let service: Service;
  let browser: Browser;
  let page: Page;

  before(async () => {
    service = new Service({
      processing: { maxRetries: 0 },
      web: { port: 0 },
      engine: {
        kind: 'command',
        command: { argv: ['sh', 'ENGINE', '{geometry}', '{output}', '{beamNumber}', 'PLACE', process.execPath] },
      },
    });
    const config = join(service.place, 'mqi.yaml');
    const engine = join(service.place, 'engine.sh');
    writeFileSync(engine, ENGINE);
    const settings = readFileSync(config, 'utf8');
    writeFileSync(
      config,
      settings.replace('"ENGINE"', JSON.stringify(engine)).replace('"PLACE"', JSON.stringify(service.place)),
    );
    service.start();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const [, address = ''] = await until(
      'the page is served',
      () => /(http:\/\/127\.0\.0\.1:\d+\/)/.exec(service.output()),
      30_000,
    );
    const token = readFileSync(join(service.root, 'web-token'), 'utf8').trim();
    await page.goto(`${address}#token=${token}`);
    await page.waitForSelector('h1');
  });
  after(async () => {
    await browser.close();
    await service.end();
  });

  const drop = async (name: string, seed: number): Promise<void> => {
    const made = join(service.place, name);
    const wanted = { beams: 2, layers: 3, spotsPerLayer: 9, withCt: true, withDeliveryLogs: false, seed };
    await new SyntheticCaseMaker().make(made, wanted);
    renameSync(made, join(service.inbox, name));
  };
  const row = (name: string): string => `[data-id]:has(a:text-is("${name}"))`;

  it('shows the dropped cases as they come, without a reload', async () => {
    await drop('prostate', 1);
    await page.waitForSelector(row('prostate'), { timeout: 20_000 });
    await page.waitForSelector(`${row('prostate')}:has-text("failed")`, { timeout: 40_000 });
    await drop('lung', 2);
    await page.waitForSelector(`${row('lung')}:has-text("completed")`, { timeout: 40_000 });
  });

  it('says of the failed case which beam failed, why, and what to do', async () => {
    await page.click(`${row('prostate')} a`);
    await page.waitForSelector('.troubles li');
    expect(await page.textContent('.troubles')).to.match(/Beam 2 .*engine\.crashed/);
    // Once for the case and its beams, where they are the same.
    expect((await page.textContent('main'))?.match(/to do: \w/gi)).to.have.length(1);
    expect(await page.textContent('.case-head .case-error')).to.match(/What to do: \w/);
    await page.waitForSelector('.beam-state.converted');
    await page.waitForSelector('.timeline rect.attempt.bad', { state: 'attached' });
  });

  it('shows what the engine of the failed beam printed', async () => {
    await page.click('summary:has-text("Logs")');
    await page.selectOption('.log select', { label: 'engine, beam 2, try 1' });
    await page.waitForSelector('.log-lines:has-text("the table of stopping powers cannot be read")');
  });

  it('retries that beam by keyboard alone, keeping the finished one, and shows the case complete', async () => {
    await page.locator('.case-head [data-verb="retry"]').focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open] select[name="beam"]');
    await expectAccessible(page, 'the dialog of a retry');
    expect(await page.evaluate("document.activeElement.getAttribute('name')")).to.equal('from');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('dialog select[name="beam"]').inputValue()).to.equal('2');
    await page.keyboard.press('Tab');
    if (await page.evaluate("!document.activeElement.classList.contains('primary')")) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.waitForSelector('.case-head:has-text("completed")', { timeout: 40_000 });
    await page.waitForSelector('.troubles', { state: 'detached' });
    await page.waitForSelector('.timeline svg[aria-label*="beam 2, try 2: done"]');
    expect(await page.getAttribute('.timeline svg', 'aria-label')).to.not.contain('beam 1, try 2');
  });

  it('shows the dose of the retried beam, and gives it to keep as it was delivered', async () => {
    await page.click('.beam-choice:text-is("2")');
    await page.waitForSelector('.dose h3:has-text("beam 2")');
    await page.waitForSelector('.dose .figures:has-text("Gy at")');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('.files a:text-is("RD.plan.dcm")'),
    ]);
    const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(sha256(await download.path())).to.equal(sha256(join(service.outbox, 'prostate', 'RD.plan.dcm')));
  });
});

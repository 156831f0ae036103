import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Locator, Page } from 'playwright-core';
import type { BeamLayers, DosePicture } from '../../../src/ports/case-pictures.js';
import { describeInBrowser, expectAccessible, launchBrowser } from '../../browser/chromium.js';
import { until } from '../../until.js';
import { aFinishedCase, type FinishedCase } from './a-finished-case.js';

/** Different colours in a picture: one that was not drawn has one. */
const coloursIn = (canvas: Locator): Promise<number> =>
  canvas.evaluate((element) => {
    const drawn = element as unknown as {
      width: number;
      height: number;
      getContext(kind: '2d'): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
    };
    const { data } = drawn.getContext('2d').getImageData(0, 0, drawn.width, drawn.height);
    const seen = new Set<number>();
    for (let i = 0; i < data.length; i += 4) seen.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
    return seen.size;
  });

describeInBrowser('the page of a real case in a browser (wants Chromium)', function () {
  this.timeout(60_000);
  let browser: Browser;
  let page: Page;
  let made: FinishedCase;
  let complaints: string[];

  before(async () => {
    [made, browser] = await Promise.all([aFinishedCase(), launchBrowser()]);
  });
  after(async () => {
    await browser.close();
    await made.end();
  });
  const open = async (width: number, theme: 'light' | 'dark', hasTouch = false): Promise<void> => {
    const viewport = { width, height: 900 };
    page = await browser.newPage({ viewport, colorScheme: theme, acceptDownloads: true, hasTouch, isMobile: hasTouch });
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(made.pageUrl);
    await page.click('[data-id] a');
    await page.waitForSelector('.dose .plane canvas');
  };
  const json = async <T>(path: string): Promise<T> => (await (await made.get(path)).json()) as T;

  describe('wide', () => {
    before(() => open(1280, 'light'));
    after(() => page.close());

    it('shows what was done when: a bar for each attempt, and the same in words', async () => {
      const { lanes } = await json<{ lanes: { attempts: unknown[] }[] }>('timeline');
      const bars = lanes.reduce((sum, { attempts }) => sum + attempts.length, 0);
      await page.locator('.timeline rect.attempt.done').first().waitFor({ state: 'attached' });
      expect(await page.locator('.timeline rect.attempt.done').count()).to.equal(bars);
      expect(await page.getAttribute('.timeline svg', 'aria-label')).to.match(/beam 2, try 1: done, [\d.]+ s/);
    });

    it('shows the figures of the dose that the interface gives', async () => {
      const { maximumGy, isocentreGy, depth } = await json<DosePicture>('beams/1/dose');
      const figures = (await page.textContent('.dose .figures')) ?? '';
      expect(figures).to.contain(`${String(Number(maximumGy.toPrecision(4)))} Gy at`);
      expect(figures).to.contain(`${String(Number(isocentreGy!.toPrecision(4)))} Gy`);
      expect(figures).to.contain(`${depth.axisR80Mm!.toFixed(1)} mm, ${depth.axisR80WaterMm!.toFixed(1)} mm of water`);
      expect(await page.getAttribute('.dose .plot', 'aria-label')).to.contain(
        `distal 80 % at ${depth.axisR80Mm!.toFixed(1)} mm`,
      );
    });

    it('draws three planes over the CT, each told in words, with a scale in Gy and the values of its lines', async () => {
      const planes = page.locator('.plane canvas');
      expect(await planes.count()).to.equal(3);
      for (let i = 0; i < 3; i++) {
        expect(await coloursIn(planes.nth(i))).to.be.greaterThan(200);
        expect(await planes.nth(i).getAttribute('aria-label')).to.match(
          /plane at [xyz] = -?[\d.]+ mm: at most [\d.]+ Gy/,
        );
      }
      const { maximumGy } = await json<DosePicture>('beams/1/dose');
      expect(await page.textContent('.colour-scale')).to.contain(
        `${String(Number((0.5 * maximumGy).toPrecision(4)))} Gy`,
      );
    });

    it('tells the dose under the pointer, and under a cross that the arrow keys move', async () => {
      const plane = page.locator('.plane').nth(2);
      const canvas = plane.locator('canvas');
      await canvas.hover();
      await plane.locator('.readout:has-text(" Gy (")').waitFor();
      await page.mouse.move(0, 0);
      await plane.locator('.readout:has-text("Point at")').waitFor();
      await canvas.focus();
      await page.keyboard.press('ArrowRight');
      const first = (await plane.locator('.readout:has-text(" Gy (")').textContent()) ?? '';
      await page.keyboard.press('Shift+ArrowUp');
      await plane.locator(`.readout:not(:has-text("${first}"))`).waitFor();
      expect(await plane.locator('.readout').textContent()).to.match(
        /^x -?[\d.]+, z -?[\d.]+ mm: [\d.e-]+ Gy \([\d.]+ %\), -?\d+ HU$/,
      );
    });

    it('goes through the layers with the keyboard: energy, spots and their map follow', async () => {
      const { layers } = await json<BeamLayers>('beams/1/layers');
      await page.focus('.energy input');
      await page.keyboard.press('ArrowRight');
      await page.waitForSelector(
        `.energy output:has-text("2 of ${String(layers.length)}: ${layers[1]!.energyMeV.toFixed(2)} MeV")`,
      );
      expect(await page.getAttribute('.spot-map canvas', 'aria-label')).to.contain(`${String(layers[1]!.spots)} spots`);
      expect(await coloursIn(page.locator('.spot-map canvas').first())).to.be.greaterThan(10);
      await page.click('.layer-list button:text-is("3")');
      await page.waitForSelector('.energy output:has-text("3 of")');
    });

    it('shows another beam, and the dose of the plan, when asked', async () => {
      await page.click('.beam-choice:text-is("2")');
      await page.waitForSelector('.layers h3:has-text("beam 2")');
      await page.click('.dose button:text-is("plan")');
      await page.waitForSelector('.dose h3:has-text("Dose of the plan")');
      const { maximumGy } = await json<DosePicture>('beams/2/dose?of=plan');
      await page.waitForSelector(`.dose .figures:has-text("${String(Number(maximumGy.toPrecision(4)))} Gy at")`);
      await page.click('.dose button:text-is("through maximum")');
      await page.waitForSelector('.dose button[aria-pressed="true"]:text-is("through maximum")');
    });

    it('shows planned against delivered as table and plots', async () => {
      await page.waitForSelector('.delivered .plot canvas');
      expect(await page.locator('.delivered .plot').count()).to.equal(2);
      expect(await page.locator('.delivered .plot').first().getAttribute('aria-label')).to.contain(
        'of 4 layers, 0 missing',
      );
    });

    it('follows the log of the case, pauses, and goes on where it was', async () => {
      const log = join(made.root, 'logs', 'cases', `${made.id}.log`);
      const line = (message: string): void => {
        appendFileSync(log, `${JSON.stringify({ time: new Date().toISOString(), level: 'info', message })}\n`);
      };
      await page.click('summary:has-text("Logs")');
      await page.waitForSelector('.log-lines:has-text("case registered")');
      line('first news');
      await page.waitForSelector('.log-lines:has-text("INFO first news")');
      await page.click('.log button:text-is("Pause")');
      line('second news');
      await page.click('.log button:text-is("Follow")');
      await page.waitForSelector('.log-lines:has-text("INFO second news")');
      const shown = (await page.textContent('.log-lines')) ?? '';
      expect(shown.split('first news').length - 1).to.equal(1);
      await page.selectOption('.log select', { label: 'engine, beam 1, try 1' });
      await page.waitForSelector('.log-lines:not(:has-text("first news"))');
    });

    it('gives the RT Dose to keep, byte by byte', async () => {
      const wanted = join(made.root, 'outbox', 'water 1', 'RD.plan.dcm');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click('.files a:text-is("RD.plan.dcm")'),
      ]);
      expect(download.suggestedFilename()).to.equal(`${made.id}.RD.plan.dcm`);
      const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
      expect(sha256(await download.path())).to.equal(sha256(wanted));
    });

    it('does all that without a complaint of the browser', () => {
      expect(complaints).to.deep.equal([]);
    });
  });

  it('tells the dose where a finger was, once it is lifted, until it is elsewhere', async () => {
    await open(390, 'light', true);
    try {
      const plane = page.locator('.plane').nth(2);
      const canvas = plane.locator('canvas');
      const { width, height } = (await canvas.boundingBox()) ?? { width: 0, height: 0 };
      const told = async (share: number, before = ''): Promise<string> => {
        await canvas.tap({ position: { x: width * share, y: height / 2 } });
        return until('it is told', async () => {
          const words = (await plane.locator('.readout').textContent()) ?? '';
          return words.includes(' Gy ') && words !== before && words;
        });
      };
      const first = await told(0.5);
      expect(first).to.match(/^x -?[\d.]+, z -?[\d.]+ mm: [\d.e-]+ Gy/);
      await plane.locator(`.readout:has-text("${first}")`).waitFor();
      await told(0.4, first);
    } finally {
      await page.close();
    }
  });

  for (const [width, theme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const) {
    it(`has no serious fault for those who hear or use keys, and nothing beside the screen: ${String(width)} px, ${theme}`, async () => {
      await open(width, theme);
      try {
        for (const title of ['Logs', 'Steps', 'History']) await page.click(`summary:has-text("${title}")`);
        await until('all is drawn', async () => (await page.locator('.log-lines, .plane canvas').count()) === 4);
        await expectAccessible(page, `the case page at ${String(width)} px, ${theme}`);
        expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(width);
      } finally {
        await page.close();
      }
    });
  }
});

import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { AccessRule } from '../../../src/web/access.js';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { describeInBrowser, expectAccessible, launchBrowser } from '../../browser/chromium.js';
import { aCase } from '../../builders/a-case.js';
import { someWebPorts } from '../../builders/some-web-ports.js';

const TOKEN = 'a-token-for-tests-only-0123';
const PASSWORD = 'long enough 123';
const USER = 'maximiliane.hofmann-schreiner';

interface Box {
  readonly name: string;
  readonly x: number;
  readonly right: number;
  readonly middle: number;
  readonly width: number;
  readonly height: number;
}

/** Everything of the header that a finger may want, as it lies on the screen. */
const BOXES = `[...document.querySelectorAll('.bar :is(a, select, button)')]
  .map((one) => ({ name: one.innerText || one.className, box: one.getBoundingClientRect() }))
  .filter(({ box }) => box.width > 0)
  .map(({ name, box }) => ({ name, x: box.x, right: box.right, middle: box.y + box.height / 2, width: box.width, height: box.height }))`;

describeInBrowser('the live page on a phone (wants Chromium)', () => {
  let browser: Browser;
  let page: Page;
  let web: WebApp | null = null;

  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    await page.close();
    web?.endStreams();
    await web?.app.close();
  });

  const open = async (rule: Partial<AccessRule>, hash: string): Promise<void> => {
    const ports = someWebPorts();
    ports.tables.cases.set('c1', aCase({ id: 'c1', folder: 'Phantom C', state: 'failed', finishedAt: 1 }));
    await ports.users.add({ name: USER, role: 'operator', password: PASSWORD });
    web = await buildWebApp(ports, { token: TOKEN, loopback: true, ...rule });
    await web.app.listen({ host: '127.0.0.1', port: 0 });
    page = await browser.newPage({ hasTouch: true });
    await page.goto(`http://127.0.0.1:${String((web.app.server.address() as AddressInfo).port)}/${hash}`);
  };
  const expectOneRow = async (who: string): Promise<void> => {
    await page.waitForSelector('.connection.live');
    for (const theme of ['light', 'dark'] as const) {
      await page.selectOption('.bar select', theme);
      for (const width of [390, 320]) {
        const where = `${who} at ${String(width)} px, ${theme}`;
        await page.setViewportSize({ width, height: 700 });
        const boxes: readonly Box[] = await page.evaluate(BOXES);
        const names = boxes.map(({ name }) => name);
        expect(names, where).to.include.members(['Overview', 'History', 'Log out']);
        expect(
          boxes.filter((box) => box.width < 44 || box.height < 44),
          `too small for a finger, ${where}`,
        ).to.be.empty;
        expect(new Set(boxes.map(({ middle }) => Math.round(middle))).size, `rows, ${where}`).to.equal(1);
        boxes.forEach((box, i) => {
          expect(box.x, `${box.name} lies on the one before, ${where}`).to.be.at.least(boxes[i - 1]?.right ?? 0);
          expect(box.right, `${box.name} lies beside the screen, ${where}`).to.be.at.most(width);
        });
        await expectAccessible(page, where);
      }
    }
  };

  it('has its head in one row, with room for a finger at each, for who came by the token', async () => {
    await open({}, `#token=${TOKEN}`);
    await expectOneRow('by token');
  });

  it('has it in one row also for a user with a long name, who is told by the button', async () => {
    await open({ auth: 'users' }, '');
    await page.fill('input[name="user"]', USER);
    await page.fill('input[name="password"]', PASSWORD);
    await page.click('button.primary');
    await expectOneRow('by name');
    expect(await page.getAttribute('.account button', 'title')).to.equal(`${USER}, operator`);
  });

  it('has room for a finger at everything else that is pressed, and all of it within rows and screen', async () => {
    await open({}, `#token=${TOKEN}`);
    await page.setViewportSize({ width: 390, height: 700 });
    await page.waitForSelector('[data-id="c1"] [data-verb="retry"]');
    const low =
      "[...document.querySelectorAll('main :is(button, select, input)')].filter((one) => one.offsetWidth > 0)";
    const heights: readonly number[] = await page.evaluate(`${low}.map((one) => one.offsetHeight)`);
    expect(heights).to.have.length.above(8);
    expect(Math.min(...heights)).to.be.at.least(24);
    expect(await page.evaluate("document.querySelector('.kinds button').offsetHeight")).to.be.at.least(44);
    const over =
      "(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.querySelector('[data-id=c1]'))";
    expect(await page.evaluate(over), 'beyond its row').to.be.at.most(0);
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(390);
    await page.tap('[data-id="c1"] [data-verb="retry"]');
    await page.waitForSelector('dialog button.primary');
    expect(await page.evaluate("document.querySelector('dialog button.primary').offsetHeight")).to.be.at.least(44);
  });
});

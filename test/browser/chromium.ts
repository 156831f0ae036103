import { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as passing } from 'node:timers/promises';
import { expect } from 'chai';
import { chromium, type Browser, type Page } from 'playwright-core';
import { endNow } from '../end-now.js';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const QUIET = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The browser of this machine; null where there is none. */
export const CHROMIUM = PROGRAMS.find((path) => existsSync(path)) ?? null;

/** `describe` where there is a browser, else skipped. */
export const describeInBrowser = CHROMIUM === null ? describe.skip : describe;

export async function launchBrowser(): Promise<Browser> {
  const before = browsers();
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: QUIET });
  const mine = browsers().find((one) => !before.includes(one));
  if (mine !== undefined) processes.set(browser, mine);
  return browser;
}

/**
 * Closes a browser and waits until its process has ended. Chromium now and then closes everything and stays on a busy
 * machine: it is killed then, since what it would still do concerns no test.
 */
export async function endBrowser(browser: Browser): Promise<void> {
  const mine = processes.get(browser);
  await browser.close();
  const until = Date.now() + 5_000;
  while (mine !== undefined && running(mine) && Date.now() < until) await passing(20);
  if (mine?.pid !== undefined && running(mine)) endNow(mine.pid);
}

const processes = new WeakMap<Browser, ChildProcess>();

const running = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

/** The children of this process that are a browser; Playwright does not tell which is whose. */
function browsers(): readonly ChildProcess[] {
  const handles = (process as unknown as { _getActiveHandles(): readonly object[] })._getActiveHandles();
  return handles.filter((one): one is ChildProcess => one instanceof ChildProcess && one.spawnfile === CHROMIUM);
}

/**
 * Fails with what axe (WCAG 2 A and AA, best practices) finds serious or critical on the page as it is now. The script is
 * put in by the debugger, which the page's CSP does not concern.
 */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const found = await page.evaluate(async () => {
    const axe = (globalThis as unknown as { readonly axe: { run(): Promise<AxeResult> } }).axe;
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
  expect(found, what).to.deep.equal([]);
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { chromium, type Browser, type Page } from 'playwright-core';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const QUIET = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The browser of this machine; null where there is none. */
export const CHROMIUM = PROGRAMS.find((path) => existsSync(path)) ?? null;

/** `describe` where there is a browser, else skipped. Asked for anew each time: a file of tests has a `describe` of its own. */
export function describeInBrowser(title: string, tests: (this: Mocha.Suite) => void): void {
  if (CHROMIUM === null) describe.skip(title, tests);
  else describe(title, tests);
}

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM ?? '', args: QUIET });

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

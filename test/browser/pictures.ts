import { join } from 'node:path';
import type { Page } from 'playwright-core';

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };

/** Every page, light and dark, wide and narrow, as `page-NAME-THEME-WIDTH.png` in this folder. */
export async function takePictures(page: Page, folder: string): Promise<void> {
  await go(page, '#/');
  await page.waitForSelector('.beams .beam', { timeout: 90_000 });
  for (const [theme, size] of settings()) {
    await prepare(page, theme, size);
    await page.screenshot({ path: file(folder, 'overview', theme, size) });
  }
  const id = await page.getAttribute('.rows .row:has(.state.interpreted), .rows .row:has(.state.completed)', 'data-id');
  for (const [name, address] of [
    ['case', `#/case/${id ?? ''}`],
    ['history', '#/history'],
  ] as const) {
    await go(page, address);
    await page.waitForSelector(name === 'case' ? '.case-head' : '.day-plot canvas');
    for (const [theme, size] of settings()) {
      await prepare(page, theme, size);
      await page.screenshot({ path: file(folder, name, theme, size), fullPage: true });
    }
  }
}

type Size = typeof WIDE;
const settings = (): readonly (readonly ['light' | 'dark', Size])[] =>
  (['light', 'dark'] as const).flatMap((theme) => [WIDE, NARROW].map((size) => [theme, size] as const));

const file = (folder: string, name: string, theme: string, { width }: Size): string =>
  join(folder, `page-${name}-${theme}-${String(width)}.png`);

export const go = (page: Page, hash: string): Promise<unknown> =>
  page.evaluate(`void (location.hash = ${JSON.stringify(hash)})`);

async function prepare(page: Page, colorScheme: 'light' | 'dark', size: Size): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(size);
  // Two frames: plots are drawn again in the new colours and size.
  await page.evaluate(
    'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null))))',
  );
}

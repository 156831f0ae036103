import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };
/** Parts of the page of a case that have a picture of their own. */
const PARTS = { timeline: '.timeline', layers: '.layers', dose: '.dose' } as const;

/**
 * Every page, light and dark, wide and narrow, as `NAME-THEME-WIDTH` in this folder: PNG, and JPEG of what holds doses, each
 * well below 150 kB.
 * @param folderOfCase the case whose page is shown; its dose is made
 */
export async function takePictures(page: Page, folder: string, folderOfCase: string): Promise<void> {
  await go(page, '#/');
  await page.waitForSelector('.rows .row');
  for (const look of LOOKS) {
    await prepare(page, look);
    await whole(page, folder, 'overview', look, false);
  }
  await page.setViewportSize(WIDE);
  await page.click(`.rows a:text-is("${folderOfCase}")`);
  for (const look of LOOKS) {
    await prepare(page, look);
    await page.waitForSelector('.dose .plane canvas');
    await page.waitForSelector('.layers canvas');
    await ofCase(page, folder, look);
  }
  await go(page, '#/history');
  await page.waitForSelector('.day-plot canvas');
  for (const look of LOOKS) {
    await prepare(page, look);
    await whole(page, folder, 'history', look, true);
  }
  await loginPage(page, folder);
}

/** As somebody sees it who comes for the first time. */
async function loginPage(page: Page, folder: string): Promise<void> {
  const stranger = await page.context().browser()?.newPage();
  if (stranger === undefined) throw new Error('the browser is gone');
  await stranger.goto(new URL('/', page.url()).href);
  await stranger.waitForSelector('.login form');
  for (const look of LOOKS) {
    await prepare(stranger, look);
    await whole(stranger, folder, 'login', look, false);
  }
  await stranger.close();
}

interface Look {
  readonly theme: 'light' | 'dark';
  readonly size: typeof WIDE;
}
const LOOKS: readonly Look[] = (['light', 'dark'] as const).flatMap((theme) =>
  [WIDE, NARROW].map((size) => ({ theme, size })),
);

const file = (folder: string, name: string, { theme, size }: Look, kind: 'png' | 'jpg'): string =>
  join(folder, `${name}-${theme}-${String(size.width)}.${kind}`);

async function whole(page: Page, folder: string, name: string, look: Look, fullPage: boolean): Promise<void> {
  writeFileSync(file(folder, name, look, 'png'), smaller(await page.screenshot({ fullPage })));
}

/** Its upper part, and single ones at the size they have on the page. */
async function ofCase(page: Page, folder: string, look: Look): Promise<void> {
  const { width, height } = look.size;
  await page.setViewportSize({ width, height: height * 2 });
  await page.screenshot({ path: file(folder, 'case', look, 'jpg'), type: 'jpeg', quality: 65 });
  await page.setViewportSize(look.size);
  for (const [name, part] of Object.entries(PARTS)) {
    const shown = page.locator(part).first();
    if (name === 'timeline') writeFileSync(file(folder, name, look, 'png'), smaller(await shown.screenshot()));
    else await shown.screenshot({ path: file(folder, name, look, 'jpg'), type: 'jpeg', quality: 75 });
  }
}

export const go = (page: Page, hash: string): Promise<unknown> =>
  page.evaluate(`void (location.hash = ${JSON.stringify(hash)})`);

async function prepare(page: Page, { theme, size }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize(size);
  // Two frames: plots are drawn again in the new colours and size.
  await page.evaluate(
    'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null))))',
  );
}

/** The same PNG (RFC 2083) as small as zlib makes it: browsers compress for speed. */
function smaller(png: Buffer): Buffer {
  const chunks: { readonly type: string; readonly content: Buffer }[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), content: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  const pixels = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ content }) => content)));
  const before = chunks.filter(({ type }) => type === 'IHDR');
  const all = [...before, { type: 'IDAT', content: deflateSync(pixels, { level: 9, memLevel: 9 }) }, END];
  return Buffer.concat([png.subarray(0, 8), ...all.map(chunk)]);
}

const END = { type: 'IEND', content: Buffer.alloc(0) };

function chunk({ type, content }: { readonly type: string; readonly content: Buffer }): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const ends = [Buffer.alloc(4), Buffer.alloc(4)] as const;
  ends[0].writeUInt32BE(content.length);
  ends[1].writeUInt32BE(crc32(body));
  return Buffer.concat([ends[0], body, ends[1]]);
}

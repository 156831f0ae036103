// Makes docs/page.png: the live page of a running demo, as Chromium shows it. CHROMIUM names the browser's program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ready } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'mqi-picture-'));

ready();
const { chromium } = await import('playwright-core');
const demo = spawn(process.execPath, [join(top, 'dist/src/cli.js'), 'demo', '--keep', '--root', root], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 620 } });
  for await (const line of createInterface(demo.stdout)) {
    const [, address] = /^live page: (\S+)/.exec(line) ?? [];
    if (address !== undefined) {
      await page.goto(`${address}#token=${readFileSync(join(root, 'web-token'), 'utf8').trim()}`);
      await page.click('[data-id] a');
    }
    if (line.includes('beam 1 converted')) {
      await page.waitForSelector('.case td:text-is("converted")');
      await page.screenshot({ path: join(top, 'docs', 'page.png') });
      break;
    }
  }
} finally {
  await browser.close();
  const ended = once(demo, 'exit');
  demo.kill('SIGINT');
  await ended;
  rmSync(root, { recursive: true, force: true });
}

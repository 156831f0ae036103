#!/usr/bin/env node
// The command `mqi`. In a clone of the sources it first installs and builds what is missing or out of date; an installed
// package brings everything compiled and has no sources.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src/cli.ts', import.meta.url))) {
  const { ready } = await import('./ready.mjs');
  ready();
}
await import('../dist/src/cli.js');

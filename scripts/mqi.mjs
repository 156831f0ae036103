#!/usr/bin/env node
// The command `mqi`: installs and builds what is missing or out of date, then runs the compiled command line.
import { ready } from './ready.mjs';

ready();
await import('../dist/src/cli.js');

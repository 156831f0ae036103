import 'reflect-metadata';

// Tests are compiled with source maps and run from dist/test; this file is loaded before all of them.

// npm run case:make -- DIR [options]: `mqi make-case` for developers.
process.argv.splice(2, 0, 'make-case');
await import('./mqi.mjs');

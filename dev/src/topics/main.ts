// `npm run topics`: what the operator's command line does, under a shorter name.
process.argv.splice(2, 0, 'topics', 'create', '--kafka');
await import('../../../operations/src/main.ts');

import { generate } from './generated.ts';

await generate();
await import('./generate-configuration.ts');

import { writeFile } from 'node:fs/promises';
import { configurationPage } from './configuration.ts';
import { root } from './tasks.ts';

await writeFile(`${root}docs/configuration.md`, await configurationPage());

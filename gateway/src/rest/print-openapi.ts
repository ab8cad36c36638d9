import { openApiDocument } from './openapi.ts';

/** Writes the OpenAPI document of the facade to stdout: `node gateway/src/rest/print-openapi.ts`. */
process.stdout.write(`${JSON.stringify(openApiDocument(), null, 2)}\n`);

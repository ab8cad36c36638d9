/** Imported before anything else, with `node --import`. */
import { registerTelemetry } from '@tributary/service/telemetry/register';

await registerTelemetry({ service: 'products-query', instrument: ['graphql'], env: process.env });

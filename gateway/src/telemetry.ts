/** Imported before anything else, with `node --import`. */
import { registerTelemetry } from '@tributary/service/telemetry/register';

await registerTelemetry({ service: 'gateway', env: process.env });

/** Imported before anything else, with `node --import`. */
import { registerTelemetry } from '@tributary/service/telemetry/register';

await registerTelemetry({ service: 'projector', instrument: ['mongodb', 'ioredis'], env: process.env });

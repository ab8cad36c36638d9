/** Imported before anything else, with `node --import`. */
import { registerTelemetry } from '@tributary/service/telemetry/register';

await registerTelemetry({ service: 'writer', instrument: ['pg'], env: process.env });

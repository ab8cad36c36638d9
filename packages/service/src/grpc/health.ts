import * as grpc from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import type { ReadinessCheck } from '../readiness.ts';
import { clientOptions } from './client.ts';

export interface GrpcHealthCheckOptions {
  /** The check's name, such as `reader`. */
  name: string;
  /** Replicas of the service, host:port: one that serves is enough. */
  addresses: readonly string[];
  /** The full name of the service, such as `products.v1.ProductReader`. */
  service: string;
}

const DEADLINE_MS = 800;

const HealthClient = grpc.makeClientConstructor(healthService as grpc.ServiceDefinition, 'Health');

/** Asks a service's grpc.health.v1 whether it can do its job. */
export function grpcHealthCheck({
  name,
  addresses,
  service,
}: GrpcHealthCheckOptions): ReadinessCheck & { close(): void } {
  const clients = addresses.map(
    (address) => new HealthClient(address, grpc.credentials.createInsecure(), clientOptions),
  );
  return {
    name,
    async check() {
      const answers = await Promise.all(clients.map((client) => ask(client, service)));
      if (answers.includes('SERVING')) return null;
      return answers.includes('NOT_SERVING') ? 'answers, but cannot do its job' : 'does not answer';
    },
    close() {
      for (const client of clients) client.close();
    },
  };
}

function ask(client: InstanceType<typeof HealthClient>, service: string): Promise<string | null> {
  return new Promise((resolve) => {
    client.check?.(
      { service },
      { deadline: Date.now() + DEADLINE_MS },
      (error: Error | null, answer: { status: string } | undefined) => resolve(error ? null : (answer?.status ?? null)),
    );
  });
}

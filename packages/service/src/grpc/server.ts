import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { Registry } from 'prom-client';
import type { Logger } from '../logger.ts';
import { listenError } from '../process.ts';
import { type TraceContext, traceContextOf, traceIdOf } from '../trace-context.ts';
import { grpcFailure, isGrpcFailure } from './errors.ts';
import { observedService } from './observation.ts';

export interface GrpcServerOptions {
  host: string;
  port: number;
  logger: Logger;
  /** Where calls are measured. Default: nowhere. */
  registry?: Registry | undefined;
  /** The full name of the service, such as `products.v1.ProductReader`: for health and reflection. */
  name: string;
  definition: grpc.ServiceDefinition;
  implementation: grpc.UntypedServiceImplementation;
  /** Folder that the .proto imports start from, and the file that defines the service in it: for reflection. */
  proto: { folder: URL; file: string };
}

export interface GrpcServer {
  readonly port: number;
  /** What grpc.health.v1 answers; a server starts as not serving. */
  setServing(serving: boolean): void;
  /** Lets running calls end, then closes. */
  stop(): Promise<void>;
}

/** Serves one gRPC service with grpc.health.v1 and reflection. Each call is a span of its caller's trace. */
export async function createGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': 4 * 1024 * 1024 });
  server.addService(options.definition, observedService(options.definition, options.implementation, options.registry));
  const health = new HealthImplementation({ '': 'NOT_SERVING', [options.name]: 'NOT_SERVING' });
  health.addToServer(server);
  new ReflectionService(
    loadSync(options.proto.file, { includeDirs: [fileURLToPath(options.proto.folder)], keepCase: true, longs: String }),
  ).addToServer(server);

  let port: number;
  try {
    port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`${options.host}:${options.port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  } catch (error) {
    const inUse = error instanceof Error && error.message.includes('EADDRINUSE');
    throw inUse
      ? listenError(Object.assign(new Error(), { code: 'EADDRINUSE' }), options.host, options.port, 'GRPC_PORT')
      : error;
  }
  options.logger.debug({ service: options.name, host: options.host, port }, 'gRPC server listens');

  return {
    port,
    setServing(serving) {
      for (const name of ['', options.name]) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    },
    stop: () =>
      new Promise<void>((resolve) => {
        for (const name of ['', options.name]) health.setStatus(name, 'NOT_SERVING');
        const cut = setTimeout(() => server.forceShutdown(), STOP_GRACE_MS);
        server.tryShutdown(() => {
          clearTimeout(cut);
          resolve();
        });
      }),
  };
}

const STOP_GRACE_MS = 3_000;

/** What a handler knows of its call beside the request. */
export interface GrpcCall {
  readonly trace: TraceContext;
  /** Aborted when the caller gave up or its deadline passed. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Makes a unary method of an async function. A failure made by `grpcFailure` goes to the caller; any other is logged and hidden. */
export function unary<Request, Response>(
  logger: Logger,
  handle: (request: Request, call: GrpcCall) => Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const trace = traceContextOf(call.metadata.getMap() as Record<string, string>);
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    const callLogger = logger.child({ traceId: traceIdOf(trace) });
    handle(call.request, { trace, signal: abort.signal, logger: callLogger }).then(
      (response) => callback(null, response),
      (error) => {
        if (isGrpcFailure(error)) return callback(error);
        callLogger.error({ err: error, method: call.getPath() }, 'call failed');
        callback(grpcFailure(grpc.status.INTERNAL, 'INTERNAL', 'internal error'));
      },
    );
  };
}

import * as grpc from '@grpc/grpc-js';
import { type TraceContext, traceHeaders } from '../trace-context.ts';
import { HOSTS_SCHEME } from './hosts.ts';
import { codeOf, type GrpcDurations, observeCall } from './observation.ts';

export interface CallOptions {
  /** How long to wait for the answer, in milliseconds. */
  deadlineMs: number;
  trace?: TraceContext | undefined;
  signal?: AbortSignal | undefined;
  /** Where the call is measured. */
  durations?: GrpcDurations | undefined;
}

/** The unary methods of a generated client, as ts-proto writes them. */
type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: grpc.Metadata,
  options: Partial<grpc.CallOptions>,
  callback: (error: grpc.ServiceError | null, response: Response) => void,
) => grpc.ClientUnaryCall;

/** What grpc-js sets on each method of a client it makes. */
interface MethodDefinition {
  /** `/<service>/<method>` */
  readonly path: string;
}

/**
 * Calls a unary method with a deadline and the trace context, as a span of that trace.
 * @throws ServiceError; `grpcErrorCode` tells the server's stable word
 */
export function callUnary<Request, Response>(
  client: grpc.Client,
  method: UnaryMethod<Request, Response>,
  request: Request,
  { deadlineMs, trace: parent, signal, durations }: CallOptions,
): Promise<Response> {
  const { path } = method as unknown as MethodDefinition;
  const { trace, end } = observeCall({ path, kind: 'client', parent, durations });
  const metadata = new grpc.Metadata();
  if (trace) for (const [name, value] of Object.entries(traceHeaders(trace))) metadata.set(name, value);
  return new Promise((resolve, reject) => {
    const abort = () => call.cancel();
    const call = method.call(client, request, metadata, { deadline: Date.now() + deadlineMs }, (error, response) => {
      signal?.removeEventListener('abort', abort);
      end(codeOf(error));
      if (error) reject(error);
      else resolve(response);
    });
    if (signal?.aborted) call.cancel();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Channel options of every client: reconnect soon after a restart, share calls over all addresses of a name. */
export const clientOptions: grpc.ClientOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

/** The target of a gRPC service on several hosts, by name or address: one channel that balances over them. */
export function grpcTarget(addresses: readonly string[]): string {
  return `${HOSTS_SCHEME}:${addresses.join(',')}`;
}

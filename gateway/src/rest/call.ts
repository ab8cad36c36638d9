import { VERSION_FLOOR_HEADER } from '@tributary/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Execute } from '../operations.ts';
import { type OperationData, type OperationName, operations } from './operations.ts';

export interface RunResult<Data> {
  readonly data: Partial<Data> | null;
  readonly errors: readonly GraphQLFormattedError[];
}

/** One REST request, as the routes see it. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
  /** A request header's value; null when it was not sent. */
  header(name: string): string | null;
  /** Runs one of the facade's operations, with and after the versions that this request has seen. */
  run<Name extends OperationName>(
    name: Name,
    variables: Record<string, unknown>,
  ): Promise<RunResult<OperationData[Name]>>;
}

export function createCall(request: FastifyRequest, reply: FastifyReply, execute: Execute): Call {
  let versionFloor = textOf(request.headers[VERSION_FLOOR_HEADER]) ?? undefined;
  return {
    params: request.params as Record<string, string>,
    query: request.query,
    body: request.body,
    header: (name) => textOf(request.headers[name]),
    async run(name, variables) {
      const result = await execute({
        query: operations[name],
        operationName: name,
        variables,
        requestId: request.id,
        trace: request.trace,
        ...(versionFloor !== undefined && { versionFloor }),
      });
      if (result.versionFloor !== undefined) {
        versionFloor = result.versionFloor;
        reply.header(VERSION_FLOOR_HEADER, versionFloor);
      }
      return { data: result.data as Partial<OperationData[typeof name]> | null, errors: result.errors };
    },
  };
}

function textOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  return Array.isArray(header) ? header.join(', ') : header;
}

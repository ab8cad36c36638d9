import type { GraphQLDataSource } from '@apollo/gateway';
import { isTraced, type Logger, startSpan, traceHeaders, traceIdOf, VERSION_FLOOR_HEADER } from '@tributary/service';
import { type GraphQLFormattedError, Kind, parse } from 'graphql';
import type { GatewayMetrics } from '../metrics.ts';
import { readAnswer } from './answer.ts';
import { subgraphError } from './errors.ts';
import { ExchangeError } from './exchange.ts';
import type { Replicas } from './replicas.ts';
import type { RequestContext } from './request-context.ts';

export interface SubgraphOptions {
  readonly name: string;
  readonly replicas: Replicas;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

/**
 * A subgraph behind HTTP. A GraphQL body counts whatever the status; an outage is an error SUBGRAPH_UNAVAILABLE at the
 * fields that it leaves null, so that the rest of the operation goes on.
 */
export function createSubgraph({ name, replicas, metrics, logger }: SubgraphOptions): GraphQLDataSource {
  const attributes = { 'http.request.method': 'POST', 'tributary.subgraph': name };
  return {
    async process({ request, context }) {
      const { requestId, trace, viewerHeaders, versions, gone } = context as RequestContext;
      const query = request.query ?? '';
      const isMutation = query.startsWith('mutation');
      const floor = versions.header();
      const span = isTraced(trace) ? startSpan(`POST ${name}`, { parent: trace, kind: 'client', attributes }) : null;
      const ids = { requestId, traceId: traceIdOf(trace) };
      let failures = 0;
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json',
        'x-request-id': requestId,
        ...traceHeaders(span?.context ?? trace),
        ...viewerHeaders,
        ...(floor !== undefined && { [VERSION_FLOOR_HEADER]: floor }),
      };
      const done = metrics.subgraphRequest(name, trace);
      try {
        const { body, seen } = await replicas.post(JSON.stringify(bodyOf(request)), headers, {
          repeatable: !isMutation,
          read: readAnswer,
          onFailure(url, error) {
            failures += 1;
            logger.warn(
              { subgraph: name, url, ...ids, code: error.code, reason: error.message },
              'subgraph request failed',
            );
          },
        });
        done(body.errors ? 'errors' : 'ok');
        if (seen !== undefined && !versions.raise(seen))
          logger.error({ subgraph: name, ...ids, header: seen }, 'subgraph sent a malformed version floor');
        for (const type of typesOfGone(request.variables, body.data)) gone.add(type);
        const internal = body.errors?.map((error) => [error, subgraphError(error)] as const);
        for (const [error, shown] of internal ?? [])
          if (shown.message !== error.message) {
            logger.error({ subgraph: name, ...ids, error }, 'subgraph answered with a fault');
            span?.fail('the subgraph answered with a fault');
          }
        return { data: body.data ?? null, ...(internal && { errors: internal.map(([, shown]) => shown) }) };
      } catch (error) {
        span?.fail(error);
        if (!(error instanceof ExchangeError)) throw error;
        done('unavailable');
        return { errors: unavailable(query, isMutation && error.sent) };
      } finally {
        if (failures > 0) span?.set({ 'tributary.failed_attempts': failures });
        span?.end();
      }
    },
  };
}

function bodyOf({ query, operationName, variables }: { query?: string; operationName?: string; variables?: object }) {
  return { query, operationName, variables };
}

/** The types of the entities that were asked for and are not there. */
function typesOfGone(variables: object | undefined, data: Record<string, unknown> | null | undefined): string[] {
  const entities = data?._entities;
  const asked = (variables as { representations?: readonly { __typename?: string }[] } | undefined)?.representations;
  if (!Array.isArray(entities) || !Array.isArray(asked)) return [];
  return asked.flatMap(({ __typename }, index) => (entities[index] === null && __typename ? [__typename] : []));
}

/** An error for each field that the failed request leaves null. */
function unavailable(query: string, mayHaveTakenEffect: boolean): GraphQLFormattedError[] {
  const error = {
    message: mayHaveTakenEffect
      ? 'A part of the graph did not answer in time; the change may still take effect'
      : 'A part of the graph is not available now',
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  };
  return rootFields(query).map((field) => ({ ...error, path: field === '_entities' ? [] : [field] }));
}

function rootFields(query: string): string[] {
  const operation = parse(query, { noLocation: true }).definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const fields = operation?.selectionSet.selections.filter((selection) => selection.kind === Kind.FIELD) ?? [];
  return fields.map((field) => field.alias?.value ?? field.name.value);
}

import { until } from '@tributary/service/testing';
import { documentedEdges, documentedTitle } from './documented.ts';
import { edgesOf, type Traces } from './jaeger.ts';
import type { ClientTrace } from './requests.ts';

/** The edges of a trace when all are there that a scenario always has, or after a while: without those that it only may have. */
export async function settledEdges(
  traces: Traces,
  { traceId }: Pick<ClientTrace, 'traceId'>,
  scenario: string,
  options: { readonly isFirst: boolean },
): Promise<string[]> {
  const { always, sometimes } = documentedEdges(scenario, options);
  let edges: string[] = [];
  const isWhole = async () => {
    edges = edgesOf(await traces.spans(traceId), documentedTitle);
    return always.every((edge) => edges.includes(edge));
  };
  // What is missing is told by whoever compares them.
  await until(`the trace of ${scenario} is whole`, isWhole, 20_000).catch(() => {});
  return edges.filter((edge) => !sometimes.includes(edge));
}

/** Waits until a trace has all the edges that its scenario always has. */
export async function untilSettled(...args: Parameters<typeof settledEdges>): Promise<void> {
  const edges = await settledEdges(...args);
  const [, , scenario, options] = args;
  const missing = documentedEdges(scenario, options).always.filter((edge) => !edges.includes(edge));
  if (missing.length > 0) throw new Error(`a trace of ${scenario} never had ${missing.join(', ')}`);
}

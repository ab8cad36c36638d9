/** The steps of a command's way that the services measure themselves, and the histograms that tell. */
const phases = {
  'gateway: the whole operation': /^tributary_gateway_operation_duration_seconds_(sum|count)\{.*\} (.+)$/,
  'gateway: one subgraph': /^tributary_gateway_subgraph_request_duration_seconds_(sum|count)\{.*\} (.+)$/,
  'products-command: publish to outcome': /^tributary_command_bus_duration_seconds_(sum|count)\{.*\} (.+)$/,
  'writer: the batch of commands': /^tributary_consumer_batch_seconds_(sum|count)\{.*commands.*\} (.+)$/,
  'writer: its transaction': /^tributary_writer_commit_seconds_(sum|count) (.+)$/,
  'projector: the batch of events': /^tributary_consumer_batch_seconds_(sum|count)\{.*events.*\} (.+)$/,
  'projector: decision to effect': /^tributary_projector_delay_seconds_(sum|count) (.+)$/,
} as const;

type Sums = Record<string, { sum: number; count: number }>;

/** What the phases have taken so far, over all processes. */
export async function phaseSums(adminUrls: readonly string[]): Promise<Sums> {
  const pages = await Promise.all(adminUrls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  const lines = pages.flatMap((page) => page.split('\n'));
  return Object.fromEntries(
    Object.entries(phases).map(([name, pattern]) => {
      const total = { sum: 0, count: 0 };
      for (const line of lines) {
        const [, kind, value] = pattern.exec(line) ?? [];
        if (kind === 'sum' || kind === 'count') total[kind] += Number(value);
      }
      return [name, total];
    }),
  );
}

/** The mean of each phase between two moments, in milliseconds. */
export function phaseMeansMs(before: Sums, after: Sums): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, { sum, count }]) => {
      const [seconds, times] = [sum - (before[name]?.sum ?? 0), count - (before[name]?.count ?? 0)];
      return [name, times === 0 ? 0 : (seconds / times) * 1_000];
    }),
  );
}

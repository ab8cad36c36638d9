/** The metrics of a process, each summed over its labels. */
export async function metricsOf(adminUrl: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(5_000) });
  const sums = new Map<string, number>();
  for (const line of (await response.text()).split('\n')) {
    const { name, value } = /^(?<name>[a-z_]+)(?:\{[^}]*\})? (?<value>\S+)$/.exec(line)?.groups ?? {};
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

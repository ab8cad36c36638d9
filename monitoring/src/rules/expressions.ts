/** The jobs of Prometheus that are processes of this system; `tributary` is the one process of `npm start`. */
export const SERVICES = 'gateway|products-command|products-query|writer|projector|tributary';

/**
 * By how much a counter has grown, where its series may begin with its first event: `increase` sees no growth in a
 * series' first sample, so a series that is younger than the window counts whole.
 */
export function grown(counter: string, { by, within }: { by: readonly string[]; within: string }): string {
  const sum = by.length === 0 ? 'sum' : `sum by (${by.join(', ')})`;
  return `${sum} ((${counter} unless ${counter} offset ${within}) or increase(${counter}[${within}]))`;
}

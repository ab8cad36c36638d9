/** A panel's query as Grafana sends it when everything is chosen. */
export function filledIn(expr: string, rateInterval = '1m'): string {
  return expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/\$\w+/g, '.*');
}

export interface Banner {
  /** The gateway's address, such as `http://127.0.0.1:4000`. */
  url: string;
  adminUrl: string;
  dataFolder: string;
  /** From the start of the process, in milliseconds. */
  readyMs: number;
}

/** What a user sees when everything is up: what runs, where to look, where the data lies. */
export function banner({ url, adminUrl, dataFolder, readyMs }: Banner): string {
  return `
  Tributary is ready in ${(readyMs / 1000).toFixed(1)} s: gateway, two subgraphs, writer and projector in this process

    Home          ${url}/
    GraphQL       ${url}/graphql      (HTTP, and subscriptions over WebSocket; SSE on /graphql/stream)
    GraphiQL      ${url}/graphiql     (works offline)
    Sandbox       ${url}/sandbox      (Apollo's; needs the internet)
    Live          ${url}/live         (the catalogue as it changes)
    REST          ${url}/api/v1/products/search
    REST docs     ${url}/docs
    Health        ${adminUrl}/readyz
    Metrics       ${adminUrl}/metrics

    Data          ${dataFolder}

  Ctrl-C stops it.
`;
}

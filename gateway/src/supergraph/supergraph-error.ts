export type SupergraphFault =
  /** Not SDL, or no supergraph. */
  | 'SUPERGRAPH_INVALID'
  /** A supergraph that the gateway's own operations or its events do not fit. */
  | 'SUPERGRAPH_UNFIT'
  /** Nobody has said where one of its subgraphs answers. */
  | 'SUBGRAPH_URL_UNKNOWN';

/** Why a supergraph cannot be loaded. */
export class SupergraphError extends Error {
  override readonly name = 'SupergraphError';
  readonly code: SupergraphFault;

  constructor(code: SupergraphFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

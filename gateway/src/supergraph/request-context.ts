import { createVersionFloor, type TraceContext, type VersionFloor } from '@tributary/service';

/** What belongs to one operation, and goes with every request that it makes to a subgraph. */
export interface RequestContext {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** By which subgraphs know what may be seen. */
  readonly viewerHeaders?: Readonly<Record<string, string>> | undefined;
  /** Grows while the operation runs. */
  readonly versions: VersionFloor;
  /** Types of the entities that a subgraph has looked for and found no more. Grows while the operation runs. */
  readonly gone: Set<string>;
}

/** The context of an operation that starts. */
export function startContext(of: Pick<RequestContext, 'requestId' | 'trace' | 'viewerHeaders'>): RequestContext {
  return { ...of, versions: createVersionFloor(), gone: new Set() };
}

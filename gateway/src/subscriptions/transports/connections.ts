import type { SubscriptionLimits } from '../limits.ts';
import type { RefusalReason, SubscriptionMetrics, Transport } from '../metrics.ts';

/** The sockets and streams of this process, counted against its limits. */
export interface Connections {
  /** Counts one in. Answers what to call, once, when it has gone; or why it is refused. */
  admit(transport: Transport, address: string): (() => void) | FullReason;
}

/** Whether there are too many in all, or from the caller's address. */
export type FullReason = Extract<RefusalReason, 'sockets' | 'address'>;

export interface ConnectionsOptions {
  readonly limits: Pick<SubscriptionLimits, 'sockets' | 'socketsPerAddress'>;
  readonly metrics: SubscriptionMetrics;
}

export function createConnections({ limits, metrics }: ConnectionsOptions): Connections {
  const ofAddresses = new Map<string, number>();
  let count = 0;

  function refuse(reason: FullReason): FullReason {
    metrics.refused(reason);
    return reason;
  }

  return {
    admit(transport, address) {
      const ofAddress = ofAddresses.get(address) ?? 0;
      if (count >= limits.sockets) return refuse('sockets');
      if (limits.socketsPerAddress > 0 && ofAddress >= limits.socketsPerAddress) return refuse('address');
      count += 1;
      ofAddresses.set(address, ofAddress + 1);
      metrics.connectionOpened(transport);
      return () => {
        count -= 1;
        const left = (ofAddresses.get(address) ?? 1) - 1;
        if (left > 0) ofAddresses.set(address, left);
        else ofAddresses.delete(address);
        metrics.connectionClosed(transport);
      };
    },
  };
}

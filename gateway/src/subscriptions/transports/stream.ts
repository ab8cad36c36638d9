import type { ServerResponse } from 'node:http';
import type { TraceContext } from '@tributary/service';
import type { GraphQLFormattedError } from 'graphql';
import { withTraceId } from '../../supergraph/errors.ts';
import type { SubscriptionLimits } from '../limits.ts';
import type { CutReason } from '../metrics.ts';
import type { Outlet } from '../outlet.ts';
import type { StreamFormat } from './stream-format.ts';
import { shortened, startTimer } from './timers.ts';

export interface StreamOptions {
  readonly response: ServerResponse;
  readonly format: StreamFormat;
  /** Of the operation, for what ends it. */
  readonly trace: TraceContext;
  readonly limits: Pick<SubscriptionLimits, 'lifetimeMs' | 'pingMs'>;
  /** When the caller may no longer be here, UTC milliseconds. */
  readonly expiresAtMs: number | undefined;
  /** Told when the server ends the stream by itself. */
  onCut(reason: CutReason): void;
  /** Told once, when the stream has ended for whatever reason. */
  onClose(): void;
}

/** An answer over HTTP that goes on for as long as its subscription. */
export interface Stream {
  /** What is written before `begin` waits for it. */
  readonly outlet: Outlet;
  begin(cursor: string | null): void;
  /** Calls back whenever the connection takes more. */
  onDrain(listener: () => void): void;
  /** Ends the answer unfinished: the client comes again. */
  cut(reason: CutReason): void;
}

export function createStream({ response, format, trace, limits, expiresAtMs, onCut, onClose }: StreamOptions): Stream {
  const early: (string | Buffer)[] = [];
  let hasBegun = false;
  let endsAtBegin = false;
  let isBlocked = false;
  let wasBlocked = false;
  const timers: NodeJS.Timeout[] = [];

  function write(chunk: string | Buffer): boolean {
    if (!hasBegun) early.push(chunk);
    else if (!response.writableEnded && !response.destroyed) isBlocked = !response.write(chunk);
    return !isBlocked;
  }

  function end(last: string): void {
    write(last);
    if (hasBegun) response.end();
    else endsAtBegin = true;
  }

  function cut(reason: CutReason): void {
    onCut(reason);
    response.destroy();
  }

  function beat(): void {
    // A client that has read nothing for two beats is gone, or will not come back to life on this connection.
    if (isBlocked && wasBlocked) cut('silent');
    else if (!isBlocked) write(format.signOfLife);
    wasBlocked = isBlocked;
  }

  response.on('drain', () => {
    isBlocked = false;
  });
  response.once('close', () => {
    for (const timer of timers) clearTimeout(timer);
    onClose();
  });

  return {
    outlet: {
      write: (message) => write(format.result(message)),
      complete: () => end(format.end),
      fail,
    },
    begin(cursor) {
      response.writeHead(200, {
        'content-type': format.contentType,
        'cache-control': 'no-cache, no-transform',
        // What nginx buffers, no client sees.
        'x-accel-buffering': 'no',
        ...(cursor !== null && { 'x-cursor': cursor }),
      });
      hasBegun = true;
      write(format.begin(cursor));
      for (const chunk of early) write(chunk);
      if (endsAtBegin) return void response.end();
      timers.push(setInterval(beat, limits.pingMs));
      if (limits.lifetimeMs > 0) timers.push(startTimer(() => cut('lifetime'), shortened(limits.lifetimeMs)));
      if (expiresAtMs !== undefined) timers.push(startTimer(expire, expiresAtMs - Date.now()));
    },
    onDrain: (listener) => void response.on('drain', listener),
    cut,
  };

  function expire(): void {
    onCut('expired');
    const message = 'The credentials have expired; subscribe again with new ones, from the last cursor';
    fail([{ message, extensions: { code: 'UNAUTHENTICATED' } }]);
  }

  function fail(errors: readonly GraphQLFormattedError[]): void {
    end(format.failure(errors.map((error) => withTraceId(error, trace))));
  }
}

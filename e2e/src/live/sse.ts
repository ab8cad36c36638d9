import { setTimeout as delay } from 'node:timers/promises';
import type { Ask } from './asks.ts';
import { begunWithin } from './begin.ts';
import type { Told } from './check.ts';
import { toldBy } from './told.ts';

/** A client that follows products over server-sent events, as a browser's EventSource does, but elsewhere whenever it comes again. */
export interface StreamFollower {
  readonly ask: Ask;
  readonly start: string;
  readonly told: readonly Told[];
  readonly failures: readonly string[];
  connectedTo(): string | null;
  /** How often it was connected. */
  connections(): number;
  cut(): void;
  stop(): Promise<void>;
}

export interface StreamFollowerOptions {
  readonly urls: readonly string[];
  readonly ask: Ask;
}

/** Resolves when it follows. */
export async function followStream({ urls, ask }: StreamFollowerOptions): Promise<StreamFollower> {
  const told: Told[] = [];
  const failures: string[] = [];
  const stopping = new AbortController();
  const begun = Promise.withResolvers<void>();
  let lastEventId: string | undefined;
  let start: string | undefined;
  let connectedTo: string | null = null;
  let connections = 0;
  let cut = () => {};

  function take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.split(':', 1)[0]!, line.slice(line.indexOf(':') + 2)]),
    );
    const id = fields.get('id');
    if (id !== undefined) lastEventId = id;
    start ??= lastEventId;
    if (fields.get('event') === 'complete') failures.push('the stream was completed');
    if (fields.get('event') !== 'next') return;
    const one = toldBy(JSON.parse(fields.get('data') ?? ''));
    if (typeof one === 'string') failures.push(one);
    else if (one.cursor !== id) failures.push(`an event with the id ${id} and the cursor ${one.cursor}`);
    else told.push(one);
  }

  async function connect(url: string): Promise<void> {
    const cutting = new AbortController();
    cut = () => cutting.abort();
    const search = new URLSearchParams({ query: ask.query, variables: JSON.stringify(ask.variables) });
    const response = await fetch(`${url}/graphql/stream?${search}`, {
      headers: { accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
      signal: AbortSignal.any([stopping.signal, cutting.signal]),
    });
    if (!response.ok) {
      const text = await response.text();
      // A gateway that stops, or has not begun.
      if (!text.includes('"UNAVAILABLE"')) failures.push(`${response.status}: ${text}`);
      return;
    }
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) take(block);
      if (start === undefined || connectedTo !== null) continue;
      connectedTo = url;
      connections += 1;
      begun.resolve();
    }
  }

  async function run(): Promise<void> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      await connect(urls[attempt % urls.length]!).catch(() => {});
      connectedTo = null;
      await delay(10 + Math.random() * 90, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }
  const running = run();
  await begunWithin(begun.promise, urls, stopping);

  return {
    ask,
    start: start!,
    told,
    failures,
    connectedTo: () => connectedTo,
    connections: () => connections,
    cut: () => cut(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

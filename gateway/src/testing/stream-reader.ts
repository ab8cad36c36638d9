import type { TestContext } from 'node:test';

/** One part of a stream, in whatever form: what came between two separators. */
export interface StreamReader {
  readonly response: Response;
  /** The next part that is no sign of life; rejects when none comes within some seconds. Null at the end. */
  next(): Promise<string | null>;
  /** Whatever comes until the end, which may be a broken connection. */
  rest(): Promise<readonly string[]>;
  close(): void;
}

const WITHIN_MS = 5_000;

/** Opens a stream over HTTP and reads its parts as text. */
export async function openStream(
  test: Pick<TestContext, 'after'>,
  { url, init = {}, separator }: { url: string; init?: RequestInit; separator: string },
): Promise<StreamReader> {
  const controller = new AbortController();
  test.after(() => controller.abort());
  const response = await fetch(url, { ...init, signal: controller.signal });
  const chunks = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let text = '';
  let isOver = false;

  async function read(): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`nothing within ${WITHIN_MS} ms`)), WITHIN_MS);
    try {
      const { done, value } = await Promise.race([chunks.next(), late.promise]);
      if (done) isOver = true;
      else text += value;
    } finally {
      clearTimeout(timer);
    }
  }

  async function next(): Promise<string | null> {
    for (;;) {
      const end = text.indexOf(separator);
      if (end >= 0) {
        const part = text.slice(0, end);
        text = text.slice(end + separator.length);
        if (part !== '' && part !== ':') return part;
      } else if (!isOver) await read();
      else {
        const last = text;
        text = '';
        return last === '' ? null : last;
      }
    }
  }

  return {
    response,
    next,
    async rest() {
      const parts: string[] = [];
      try {
        for (let part = await next(); part !== null; part = await next()) parts.push(part);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      return parts;
    },
    close: () => controller.abort(),
  };
}

const BEGIN_WITHIN_MS = 30_000;

/** Waits until somebody follows, or gives it up with an error. */
export async function begunWithin(
  begun: Promise<void>,
  urls: readonly string[],
  stopping: AbortController,
): Promise<void> {
  const late = AbortSignal.timeout(BEGIN_WITHIN_MS);
  const given = new Promise<never>((_, reject) =>
    late.addEventListener('abort', () => reject(new Error(`nobody can follow at ${urls.join(' or ')}`))),
  );
  await Promise.race([begun, given]).catch((error: unknown) => {
    stopping.abort();
    throw error;
  });
}

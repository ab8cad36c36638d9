/** One thing a process needs to do its job. */
export interface ReadinessCheck {
  /** What is checked, such as `postgres` or `events tail`. */
  readonly name: string;
  /** Resolves with null when it is there, otherwise with what is missing, in words an operator may read. Must not be slow: bounded by the caller. */
  check(): Promise<string | null> | string | null;
}

export interface Readiness {
  readonly ready: boolean;
  /** Each check's name with `ok` or what is missing. */
  readonly checks: Readonly<Record<string, string>>;
}

const CHECK_TIMEOUT_MS = 1_000;

/** Asks every check at once; one that throws or takes over a second counts as missing. */
export async function readinessOf(checks: readonly ReadinessCheck[]): Promise<Readiness> {
  const answers = await Promise.all(checks.map(async (check) => [check.name, await answerOf(check)] as const));
  return {
    ready: answers.every(([, missing]) => missing === null),
    checks: Object.fromEntries(answers.map(([name, missing]) => [name, missing ?? 'ok'])),
  };
}

async function answerOf(check: ReadinessCheck): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, `no answer within ${CHECK_TIMEOUT_MS} ms`);
  });
  try {
    return await Promise.race([Promise.resolve().then(() => check.check()), late]);
  } catch {
    return 'the check failed';
  } finally {
    clearTimeout(timer);
  }
}

/** A part that does its job until it ends for good. */
export function livenessOf(name: string, ended: Promise<unknown>): ReadinessCheck {
  let missing: string | null = null;
  void ended.then(() => {
    missing = 'has ended';
  });
  return { name, check: () => missing };
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  /** NaN where there was nothing to divide. */
  readonly value: number;
}

export interface RuleState {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  readonly lastError?: string;
  /** Of alerts. */
  readonly state?: 'inactive' | 'pending' | 'firing';
}

export interface TargetState {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

/** What is asked of a Prometheus over HTTP; each rejects with its error. */
export interface PrometheusClient {
  query(expr: string): Promise<Sample[]>;
  rules(): Promise<RuleState[]>;
  targets(): Promise<TargetState[]>;
}

export function createPrometheusClient(url: string): PrometheusClient {
  async function ask<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, {
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as { status: string; data: T; error?: string };
    if (answer.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${answer.error}`);
    return answer.data;
  }
  return {
    async query(expr) {
      const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>('query', {
        query: expr,
      });
      return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
    },
    async rules() {
      const { groups } = await ask<{ groups: { rules: RuleState[] }[] }>('rules');
      return groups.flatMap(({ rules }) => rules);
    },
    async targets() {
      return (await ask<{ activeTargets: TargetState[] }>('targets', { state: 'active' })).activeTargets;
    },
  };
}

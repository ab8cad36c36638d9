import { exitCodes, OpsError } from '../problem.ts';
import { type Address, defaultAddresses } from './addresses.ts';
import { readJson, send } from './request.ts';

/** A process of Tributary, as its admin port tells. */
export interface AdminProcess {
  address: Address;
  /** False when nothing answers there, or something else than Tributary does. */
  answers: boolean;
  /** What it is, such as `writer`; null when it does not tell. */
  service: string | null;
  version: string | null;
  node: string | null;
  ready: boolean;
  /** What is missing for it to do its job, a line each. */
  missing: readonly string[];
  /** The names of what it can be asked to do. */
  operations: readonly string[];
  /** Why it may not be asked, in words; null when it may. */
  refusal: string | null;
}

/** A process that takes longer to say what it is has no time for operators. */
const ANSWER_MS = 3_000;

export interface Finding {
  addresses: readonly Address[];
  token: string;
  signal: AbortSignal;
}

/** Asks every address what is there. */
export async function findProcesses({ addresses, token, signal }: Finding): Promise<AdminProcess[]> {
  const found = await Promise.all(addresses.map((address) => lookAt(address, token, signal)));
  return addresses === defaultAddresses ? withoutVacant(found) : found;
}

/** Where one process is the whole of Tributary, nobody misses those of the other stack. */
function withoutVacant(found: AdminProcess[]): AdminProcess[] {
  const isWhole = found.some(({ operations }) =>
    ['outbox.status', 'projection.status'].every((one) => operations.includes(one)),
  );
  return isWhole ? found.filter(({ answers }) => answers) : found;
}

async function lookAt(address: Address, token: string, signal: AbortSignal): Promise<AdminProcess> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const get = async (path: string) => {
    const answer = await send({ address, method: 'GET', path, token, signal: bounded });
    return { status: answer.statusCode ?? 0, body: (await readJson(address, answer)) as Record<string, unknown> };
  };
  const nothing = { address, service: null, version: null, node: null, operations: [], refusal: null };
  try {
    const [live, readiness, offered] = await Promise.all([get('/livez'), get('/readyz'), get('/operations')]);
    const checks = Object.entries((readiness.body.checks ?? {}) as Record<string, string>);
    return {
      address,
      answers: true,
      service: textOf(live.body.service),
      version: textOf(live.body.version),
      node: textOf(live.body.node),
      ready: readiness.status === 200,
      missing: checks.filter(([, state]) => state !== 'ok').map(([name, state]) => `${name}: ${state}`),
      operations: (offered.body.operations ?? []) as string[],
      refusal: offered.status === 403 ? String((offered.body.error as { message?: string })?.message) : null,
    };
  } catch {
    signal.throwIfAborted();
    return { ...nothing, answers: false, ready: false, missing: ['does not answer'] };
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/**
 * The process that is to do something: the first that can.
 * @throws OpsError `UNREACHABLE`, `FORBIDDEN` or `NOT_OFFERED`
 */
export function whoDoes(operation: string, processes: readonly AdminProcess[]): AdminProcess {
  const found = processes.find(({ operations }) => operations.includes(operation));
  if (found) return found;
  const tried = processes.map(({ address }) => address).join(', ');
  const answering = processes.filter(({ answers }) => answers);
  if (answering.length === 0)
    throw new OpsError(
      'UNREACHABLE',
      `nothing answers at ${tried}: start Tributary (npm start, or npm run dev), or say with --admin where it is`,
      exitCodes.unreachable,
    );
  const refusing = answering.find(({ refusal }) => refusal !== null);
  if (refusing) throw new OpsError('FORBIDDEN', `${refusing.address}: ${refusing.refusal}`, exitCodes.usage);
  throw new OpsError(
    'NOT_OFFERED',
    `no process that answers can do ${operation} (tried ${tried}): the writer or the projector does not run, or is elsewhere: see --admin`,
    exitCodes.unreachable,
  );
}

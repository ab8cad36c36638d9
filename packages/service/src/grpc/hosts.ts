import { experimental, status } from '@grpc/grpc-js';

/** The scheme of targets that are a list: `hosts:writer-1:5002,writer-2:5002`. */
export const HOSTS_SCHEME = 'hosts';

const { createResolver, registerResolver, statusOrFromError, statusOrFromValue } = experimental;
type Resolver = experimental.Resolver;
type Endpoints = readonly experimental.Endpoint[];
type ResolverConstructor = Parameters<typeof registerResolver>[1];
type ResolverArguments = ConstructorParameters<ResolverConstructor>;

/** How soon a name that could not be resolved is asked for again while others serve. */
const ASK_AGAIN_MS = 1_000;

/**
 * Resolves a list of hosts, each by gRPC's own resolver, to the addresses of all. Its own lists (`ipv4:`) take no names.
 * One host that can be resolved is enough; the others join when they can be, and keep their last addresses when they cannot.
 */
class HostsResolver implements Resolver {
  readonly #resolvers: readonly Resolver[];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(target: ResolverArguments[0], listener: ResolverArguments[1], options: ResolverArguments[2]) {
    const hosts = target.path.split(',');
    const found: (Endpoints | null | undefined)[] = hosts.map(() => undefined);
    const tell = () => {
      const endpoints = found.flatMap((ofHost) => ofHost ?? []);
      if (endpoints.length > 0) return listener(statusOrFromValue(endpoints), {}, null, '');
      if (found.includes(undefined)) return true;
      const details = 'none of the hosts can be resolved';
      return listener(statusOrFromError({ code: status.UNAVAILABLE, details }), {}, null, '');
    };
    this.#resolvers = hosts.map((path, index) =>
      createResolver(
        { scheme: 'dns', path },
        (result) => {
          if (result.ok) found[index] = result.value;
          else {
            found[index] ??= null;
            this.#askAgain(index);
          }
          return tell();
        },
        options,
      ),
    );
  }

  updateResolution(): void {
    for (const resolver of this.#resolvers) resolver.updateResolution();
  }

  destroy(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const resolver of this.#resolvers) resolver.destroy();
  }

  /** A channel that has addresses asks for no others until it loses one. */
  #askAgain(index: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#resolvers[index]?.updateResolution();
    }, ASK_AGAIN_MS).unref();
    this.#timers.add(timer);
  }

  static getDefaultAuthority({ path }: { path: string }): string {
    return path.split(',')[0] ?? path;
  }
}

registerResolver(HOSTS_SCHEME, HostsResolver);

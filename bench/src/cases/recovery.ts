import { type Deployment, startDeployment } from '@tributary/e2e';
import type { EngineName, EngineSet } from '@tributary/engines';
import { type Case, median } from '../measurement.ts';
import { type ProbedProducts, productPerPartition, untilAllServed } from '../recovery/probes.ts';

/** Two replicas of each service; one of what the case names is killed with -9. */
export async function startRecovery(
  engines: EngineSet<EngineName>,
  kills: number,
): Promise<{ cases: Case[]; stop(): Promise<void> }> {
  const deployment = await startDeployment(2);
  const products = await productPerPartition(deployment.gateways[0]);
  const { kafka } = engines.engines;

  const faults: Record<string, (n: number) => Promise<() => Promise<void>>> = {
    writer: (n) => killReplica(deployment, 'writer', n),
    projector: (n) => killReplica(deployment, 'projector', n),
    'the broker': async () => {
      await kafka.kill();
      const back = kafka.restart();
      return () => back;
    },
  };
  return {
    cases: Object.entries(faults).map(([name, inject]) => ({
      name: `recovery from kill -9 of ${name}`,
      run: () => recoveries(deployment, products, inject, kills),
    })),
    async stop() {
      await deployment.stop();
      await deployment.discard();
    },
  };
}

/** From the kill until a command of every partition has its outcome and its product is read at it. */
async function recoveries(
  deployment: Deployment,
  products: ProbedProducts,
  inject: (n: number) => Promise<() => Promise<void>>,
  kills: number,
) {
  const [gateway] = deployment.gateways;
  const taken: number[] = [];
  for (let n = 0; n < kills; n += 1) {
    await untilAllServed(gateway, products);
    const heal = await inject(n);
    taken.push(await untilAllServed(gateway, products));
    await heal();
    await Promise.all(deployment.services.map((service) => service.ready()));
  }
  return { p50Ms: median(taken), p99Ms: Math.max(...taken) };
}

/** Kills one of the two; it comes back when the other has taken over. */
async function killReplica({ services }: Deployment, service: string, n: number): Promise<() => Promise<void>> {
  const replicas = services.filter((one) => one.service === service);
  const killed = replicas[n % replicas.length];
  await killed?.kill('SIGKILL');
  return async () => killed?.restart();
}

import { processVariables, readConfig, runProcess } from '@tributary/service';
import { onHangup } from '../supergraph/hangup.ts';
import { testGateway } from './gateway.ts';

// A gateway as a process of its own, over fakes: its supergraph is the file that is named, if one is.
const [file = ''] = process.argv.slice(2);

await runProcess(
  'gateway',
  () => readConfig(processVariables, { LOG_FORMAT: 'json' }),
  async (_, { logger, lifecycle }) => {
    let reload = () => {};
    onHangup(() => reload());
    const after = (stop?: unknown) => lifecycle.onStop('gateway', stop as () => Promise<void>);
    const gateway = await testGateway({ after }, { supergraph: { file }, logger });
    reload = gateway.reloadSupergraph;
    process.stdout.write(`${JSON.stringify({ url: gateway.url })}\n`);
  },
);

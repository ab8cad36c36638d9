import { pathToFileURL } from 'node:url';
import type { Variables } from '@tributary/service';
import { root } from './tasks.ts';

/** Every process that is configured by variables, and the file that lists them. */
const processes = {
  standalone: 'standalone/src/config.ts',
  gateway: 'gateway/src/config.ts',
  'products-command': 'subgraphs/products-command/src/config.ts',
  'products-query': 'subgraphs/products-query/src/config.ts',
  writer: 'workers/writer/src/config.ts',
  projector: 'workers/projector/src/config.ts',
} as const;

interface Row {
  doc: string;
  /** The default of each process that reads the variable. */
  defaults: Map<string, string>;
}

/** The page docs/configuration.md, made from the tables that the processes read. */
export async function configurationPage(): Promise<string> {
  const rows = new Map<string, Row>();
  for (const [name, file] of Object.entries(processes)) {
    const { variables } = (await import(pathToFileURL(`${root}${file}`).href)) as { variables: Variables };
    for (const [variable, { doc, default: value }] of Object.entries(variables)) {
      const row = rows.get(variable) ?? { doc, defaults: new Map() };
      row.defaults.set(name, value === undefined ? 'required' : value === '' ? 'empty' : `\`${value}\``);
      rows.set(variable, row);
    }
  }
  const lines = [...rows]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([variable, row]) => `| \`${variable}\` | ${row.doc.replaceAll('|', '\\|')} | ${defaultsOf(row)} |`);
  return `# Configuration

Every process reads its variables from the environment at start and refuses to start when any is missing or malformed,
naming all of them at once. An empty variable counts as absent. This page is made from the code: \`npm run generate\`.

| variable | what it sets | default (process) |
|---|---|---|
${lines.join('\n')}
`;
}

function defaultsOf({ defaults }: Row): string {
  const byValue = Map.groupBy(defaults, ([, value]) => value);
  return [...byValue].map(([value, readers]) => `${value} (${readers.map(([name]) => name).join(', ')})`).join('<br>');
}

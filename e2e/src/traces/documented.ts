import { readFile } from 'node:fs/promises';
import type { TracedSpan } from './jaeger.ts';

const page = await readFile(new URL('../../../docs/observability.md', import.meta.url), 'utf8');

/** The first table under a heading of docs/observability.md: its rows by column. Code is told by its backticks. */
function tableUnder(heading: string): readonly Readonly<Record<string, string>>[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const lines = section.split('\n## ')[0]!.split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  if (first < 0) throw new Error(`docs/observability.md has no table under "${heading}"`);
  const after = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  const [columns, , ...rows] = lines.slice(first, after).map(cellsOf);
  return rows.map((cells) => Object.fromEntries(columns!.map((column, index) => [column, cells[index] ?? ''])));
}

const cellsOf = (line: string) =>
  line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim());

/** What stands between backticks. */
const codesIn = (cell = '') => [...cell.matchAll(/`([^`]*)`/g)].map(([, code]) => code!);
const codeIn = (cell = '') => codesIn(cell)[0] ?? cell;

const special = /[.*+?^${}()|[\]\\]/g;

/** Whether a text is as documented, where `<words>` stand for what differs and has no space in it. */
export function isAs(documented: string, text: string): boolean {
  const pattern = documented
    .split(/<[^>]+>/)
    .map((part) => part.replaceAll(special, '\\$&'))
    .join('\\S+');
  return new RegExp(`^${pattern}$`).test(text);
}

export interface DocumentedSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  /** Whether it is in every run of the tests. */
  readonly isCertain: boolean;
}

/** Every span that there is, the narrowest names first. */
export const documentedSpans: readonly DocumentedSpan[] = tableUnder('Spans')
  .map(({ service, span, kind, when }) => ({
    service: service!,
    name: codeIn(span),
    kind: kind!,
    isCertain: when !== 'maybe',
  }))
  .sort((a, b) => ownCharacters(b.name) - ownCharacters(a.name));

function ownCharacters(name: string): number {
  return name.replaceAll(/<[^>]+>/g, '').length;
}

export function documentedAs(span: TracedSpan): DocumentedSpan | null {
  return (
    documentedSpans.find(
      ({ service, name, kind }) => service === span.service && kind === span.kind && isAs(name, span.name),
    ) ?? null
  );
}

/** What a span is called in the documentation; what it is itself where it is not documented. */
export function documentedTitle(span: TracedSpan): string {
  return `${span.service}: ${documentedAs(span)?.name ?? span.name}`;
}

export interface DocumentedEdges {
  /** Sorted. */
  readonly always: readonly string[];
  readonly sometimes: readonly string[];
}

/**
 * The edges `parent → child` that the trace of a scenario has, by its column. `isFirst`: nobody has asked the subgraphs
 * the same before.
 */
export function documentedEdges(scenario: string, { isFirst }: { readonly isFirst: boolean }): DocumentedEdges {
  const rows = tableUnder('Edges');
  if (!(scenario in rows[0]!)) throw new Error(`docs/observability.md has no column "${scenario}" under "Edges"`);
  const marked = (...marks: string[]) =>
    rows
      .filter((row) => marks.includes(row[scenario]!))
      .map(({ parent, span }) => `${codeIn(parent)} → ${codeIn(span)}`)
      .sort();
  return { always: isFirst ? marked('yes', 'first') : marked('yes'), sometimes: marked('maybe') };
}

export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  /** `all`, or names. */
  readonly services: string;
  readonly labels: readonly string[];
  readonly meaning: string;
}

export function documentedMetrics(): readonly DocumentedMetric[] {
  return tableUnder('Metrics').map(({ metric, type, services, labels, meaning }) => ({
    name: codeIn(metric),
    type: type!,
    services: services!,
    labels: codesIn(labels).sort(),
    meaning: meaning!,
  }));
}

/** The values that a label has: words, and `<words>` for what there is more of. */
export function documentedValues(): ReadonlyMap<string, readonly string[]> {
  const valuesIn = (cell = '') => [...codesIn(cell), ...(cell.endsWith('or empty') ? [''] : [])];
  return new Map(tableUnder('Labels').map(({ label, values }) => [codeIn(label), valuesIn(values)]));
}

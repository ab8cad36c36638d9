export type Yaml = string | number | readonly Yaml[] | { readonly [key: string]: Yaml | undefined };

const PLAIN = /^([A-Za-z/][\w./-]*|\d+[smhd])((?<=\D)[:#][\w./-]+)*( \w([\w./:-]*[\w.])?)*$/;
/** What would be read as something else than text. */
const RESERVED = /^(true|false|null|yes|no|on|off)$/i;

/** The text of a YAML document for people to read: block style, PromQL of several lines as it is. */
export function toYaml(value: Yaml): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: Yaml): string[] {
  if (typeof value === 'number') return [String(value)];
  if (typeof value === 'string') return scalar(value);
  if (Array.isArray(value))
    return value.length === 0 ? ['[]'] : value.flatMap((item: Yaml) => hang('- ', '  ', lines(item)));
  const entries = Object.entries(value).filter((entry): entry is [string, Yaml] => entry[1] !== undefined);
  return entries.length === 0 ? ['{}'] : entries.flatMap(([key, item]) => entry(key, item));
}

function entry(key: string, value: Yaml): string[] {
  const [first, ...rest] = lines(value) as [string, ...string[]];
  const inline = typeof value !== 'object' || first === '[]' || first === '{}';
  return inline ? [`${key}: ${first}`, ...indent(rest)] : [`${key}:`, ...indent([first, ...rest])];
}

function scalar(text: string): string[] {
  if (text.includes('\n')) return ['|-', ...text.split('\n')];
  return [PLAIN.test(text) && !RESERVED.test(text) ? text : `'${text.replaceAll("'", "''")}'`];
}

function indent(text: readonly string[]): string[] {
  return text.map((line) => `  ${line}`);
}

function hang(head: string, margin: string, [first, ...rest]: string[]): string[] {
  return [`${head}${first}`, ...rest.map((line) => `${margin}${line}`)];
}

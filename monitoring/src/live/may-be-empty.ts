/** Queries that need not have an answer on a stack that is well, by `dashboard / panel / legend`, and why. */
export const mayBeEmpty: Readonly<Record<string, string>> = {
  'Overview / Calls that fail / {{service}}/{{method}} {{code}}': 'no call fails',
  'Kafka and lag / Events that products-command cannot read / {{instance}}': 'all can be read',
  'Kafka and lag / Publishing that failed / {{topic}} {{outcome}}': 'the log takes everything',
  'The life of a command / Relays that failed / {{path}}': 'the log takes everything',
  'Subscriptions / Sockets and streams cut / {{transport}} {{reason}}': 'none is silent, old or expired',
  'Node processes / Spans / {{job}} {{instance}} {{result}}': 'traces may be off',
  'Host / Disk in use / {{mountpoint}}': 'a container may see no disk of its own',
  'Host / Disk busy / {{device}}': 'a container may see no disk of its own',
  'Host / Disk traffic / {{device}} read': 'a container may see no disk of its own',
  'Host / Disk traffic / {{device}} written': 'a container may see no disk of its own',
  'Host / Network / {{device}} in': 'a container may have no network of its own',
  'Host / Network / {{device}} out': 'a container may have no network of its own',
  'Host / Tasks that wait / CPU': 'a kernel may be built without pressure',
  'Host / Tasks that wait / memory': 'a kernel may be built without pressure',
  'Host / Tasks that wait / disk': 'a kernel may be built without pressure',
};

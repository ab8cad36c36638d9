import type { Answer, Change, CommandQuery, Entry, Read, Search } from '../history/entry.ts';

/** How a client calls one replica by one interface. Never rejects: an outage is an answer. */
export interface Calls {
  readonly via: Entry['via'];
  change(change: Change): Promise<Answer>;
  command?(query: CommandQuery): Promise<Answer>;
  read?(read: Read): Promise<Answer>;
  search?(search: Search): Promise<Answer>;
}

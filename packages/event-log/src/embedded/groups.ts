/** Members of one group, who share the partitions of a topic. */
export interface Member {
  /** Called with the partitions that the member has from now on; resolves when it has let go of the others. */
  assign(partitions: readonly number[]): Promise<void>;
}

/** Shares partitions among the members of a group in this process, one change of members at a time. */
export interface Groups {
  join(group: string, topic: string, partitions: number, member: Member): Promise<void>;
  leave(group: string, topic: string, member: Member): Promise<void>;
}

interface Group {
  partitions: number;
  members: Member[];
  changes: Promise<void>;
}

export function createGroups(): Groups {
  const groups = new Map<string, Group>();

  function change(group: Group, members: Member[]): Promise<void> {
    const leaving = group.members.filter((member) => !members.includes(member));
    group.members = members;
    group.changes = group.changes
      .catch(() => {})
      .then(async () => {
        // Everyone lets go before anyone takes: no partition is handled by two members at once.
        const shares = members.map((_, index) => share(group.partitions, members.length, index));
        await Promise.all([...leaving, ...members].map((member) => member.assign([])));
        await Promise.all(members.map((member, index) => member.assign(shares[index] ?? [])));
      });
    return group.changes;
  }

  return {
    join(name, topic, partitions, member) {
      const id = JSON.stringify([name, topic]);
      const group = groups.get(id) ?? { partitions, members: [], changes: Promise.resolve() };
      groups.set(id, group);
      return change(group, [...group.members, member]);
    },
    async leave(name, topic, member) {
      const group = groups.get(JSON.stringify([name, topic]));
      if (group?.members.includes(member))
        await change(
          group,
          group.members.filter((other) => other !== member),
        );
    },
  };
}

function share(partitions: number, members: number, index: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => partition % members === index,
  );
}

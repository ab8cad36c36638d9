/** A member of a group, which learns of its partitions when it gets round to it. */
export interface GroupMember {
  assign(partitions: readonly number[]): void;
}

/** Shares the partitions of topics among the members of groups. */
export interface Groups {
  join(group: string, partitions: number, member: GroupMember): void;
  /** Its partitions go to the others at once; the member itself is not told, and may go on. */
  leave(group: string, member: GroupMember): void;
  /** Shares the partitions of every group anew. */
  rebalance(): void;
}

interface Group {
  partitions: number;
  members: GroupMember[];
}

/** @param shuffled puts partitions into the order in which they are dealt out */
export function createGroups(shuffled: (partitions: number[]) => number[]): Groups {
  const groups = new Map<string, Group>();

  function share({ partitions, members }: Group): void {
    const dealt = members.map((): number[] => []);
    shuffled(Array.from({ length: partitions }, (_, partition) => partition)).forEach((partition, index) => {
      dealt[index % members.length]?.push(partition);
    });
    members.forEach((member, index) => {
      member.assign(dealt[index] ?? []);
    });
  }

  return {
    join(name, partitions, member) {
      const group = groups.get(name) ?? { partitions, members: [] };
      groups.set(name, group);
      group.members.push(member);
      share(group);
    },
    leave(name, member) {
      const group = groups.get(name);
      if (!group?.members.includes(member)) return;
      group.members.splice(group.members.indexOf(member), 1);
      share(group);
    },
    rebalance() {
      for (const group of groups.values()) share(group);
    },
  };
}

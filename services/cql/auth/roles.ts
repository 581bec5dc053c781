/** Roles and permissions: what changes them, each as one step that nobody else comes between. Messages as Apache Cassandra 4.0. */

import type { Mutation } from '../engine/model.ts';
import type { Reader, Soon, Storage, WriteClock } from '../engine/storage.ts';
import { invalid } from '../errors.ts';
import type { Permission } from '../ops/api.ts';
import type { WriteTime } from '../system/table-rows.ts';
import { authLimits } from './limits.ts';
import { type Grant, readGrants, readRolesWith, writeGrant } from './permission-records.ts';
import { type AuthResource, resourceName } from './resources.ts';
import {
  type Role,
  type RoleChange,
  readDataCentres,
  readMembers,
  readRole,
  readRoles,
  removeMember,
  removeRole,
  writeDataCentres,
  writeMember,
  writeRole,
} from './role-records.ts';

export interface RolesModules {
  readonly storage: Storage;
  readonly clock: WriteClock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Something was written: what others keep of it is old. */
  readonly changed: () => void;
}

export type DataCentres = 'all' | readonly string[];

export class Roles {
  private readonly modules: RolesModules;

  constructor(modules: RolesModules) {
    this.modules = modules;
  }

  role(name: string): Promise<Role | undefined> {
    return readRole(this.modules.storage, name, this.seconds());
  }

  all(): Promise<Role[]> {
    return readRoles(this.modules.storage, this.seconds());
  }

  dataCentres(name: string): Promise<readonly string[] | undefined> {
    return readDataCentres(this.modules.storage, name, this.seconds());
  }

  grants(role?: string): Promise<Grant[]> {
    return readGrants(this.modules.storage, role, this.seconds());
  }

  /** The role with all that it has through others, itself first. */
  inherited(name: string): Promise<Role[]> {
    return inheritedRoles(this.modules.storage, name, this.seconds());
  }

  /** @returns whether it was made: not when there is one and `ifNotExists` */
  create(
    name: string,
    change: RoleChange,
    centres: DataCentres | undefined,
    ifNotExists: boolean,
  ): Promise<boolean> {
    return this.change(async (reader, time) => {
      if ((await readRole(reader, name, time.now)) !== undefined) {
        if (ifNotExists) return { mutations: [], result: false };
        throw invalid(`${name} already exists`);
      }
      const mutations = [writeRole(name, change, time)];
      if (centres !== undefined) mutations.push(writeDataCentres(name, centres, time));
      return { mutations, result: true };
    });
  }

  async alter(name: string, change: RoleChange, centres: DataCentres | undefined): Promise<void> {
    await this.change(async (reader, time) => {
      await existing(reader, name, time.now);
      const mutations = [writeRole(name, change, time)];
      if (centres !== undefined) mutations.push(writeDataCentres(name, centres, time));
      return { mutations, result: undefined };
    });
  }

  /** With all that it was granted, and all that was granted on it. @returns whether there was one */
  drop(name: string, ifExists: boolean): Promise<boolean> {
    return this.change(async (reader, time) => {
      const role = await readRole(reader, name, time.now);
      if (role === undefined) {
        if (ifExists) return { mutations: [], result: false };
        throw invalid(`${name} doesn't exist`);
      }
      const mutations = removeRole(name, time);
      for (const member of await readMembers(reader, name, time.now)) {
        const other = await readRole(reader, member, time.now);
        if (other === undefined) continue;
        const memberOf = other.memberOf.filter((each) => each !== name);
        mutations.push(writeRole(member, { memberOf }, time));
      }
      for (const other of role.memberOf) mutations.push(removeMember(other, name, time));
      for (const grant of await readGrants(reader, name, time.now))
        mutations.push(...writeGrant({ ...grant, permissions: new Set() }, time));
      mutations.push(...(await withoutGrantsOn(reader, resourceName({ kind: 'role', role: name }), time)));
      return { mutations, result: true };
    });
  }

  async grantRole(role: string, grantee: string): Promise<void> {
    await this.change(async (reader, time) => {
      await existing(reader, role, time.now);
      const { memberOf } = await existing(reader, grantee, time.now);
      const has = (all: readonly Role[], name: string) => all.some((each) => each.name === name);
      if (has(await inheritedRoles(reader, grantee, time.now), role))
        throw invalid(`${grantee} is a member of ${role}`);
      if (has(await inheritedRoles(reader, role, time.now), grantee))
        throw invalid(`${role} is a member of ${grantee}`);
      const mutations = [
        writeRole(grantee, { memberOf: [...memberOf, role] }, time),
        writeMember(role, grantee, time),
      ];
      return { mutations, result: undefined };
    });
  }

  async revokeRole(role: string, revokee: string): Promise<void> {
    await this.change(async (reader, time) => {
      await existing(reader, role, time.now);
      const { memberOf } = await existing(reader, revokee, time.now);
      if (!memberOf.includes(role)) throw invalid(`${revokee} is not a member of ${role}`);
      const mutations = [
        writeRole(revokee, { memberOf: memberOf.filter((each) => each !== role) }, time),
        removeMember(role, revokee, time),
      ];
      return { mutations, result: undefined };
    });
  }

  async grant(role: string, resource: AuthResource, added: readonly Permission[]): Promise<void> {
    await this.changeGrant(role, resource, (before) => new Set([...before, ...added]));
  }

  async revoke(role: string, resource: AuthResource, removed: readonly Permission[]): Promise<void> {
    await this.changeGrant(
      role,
      resource,
      (before) => new Set([...before].filter((each) => !removed.includes(each))),
    );
  }

  /** What is not there any more gives nobody a permission when it is made again. */
  async dropResources(resources: readonly AuthResource[]): Promise<void> {
    const names = resources.map(resourceName);
    await this.change(async (reader, time) => {
      const mutations: Mutation[] = [];
      for (const name of names) mutations.push(...(await withoutGrantsOn(reader, name, time)));
      return { mutations, result: undefined };
    });
  }

  /** At the first start, when there is no role at all. @returns whether it was made */
  createFirst(name: string, saltedHash: string): Promise<boolean> {
    return this.change(async (reader, time) => {
      if ((await readRoles(reader, time.now)).length > 0) return { mutations: [], result: false };
      const change = { canLogin: true, isSuperuser: true, saltedHash };
      return { mutations: [writeRole(name, change, time)], result: true };
    });
  }

  private changeGrant(
    role: string,
    resource: AuthResource,
    change: (before: ReadonlySet<Permission>) => Set<Permission>,
  ): Promise<void> {
    const name = resourceName(resource);
    return this.change(async (reader, time) => {
      const all = await readGrants(reader, role, time.now);
      const before = all.find((grant) => grant.resource === name)?.permissions ?? new Set<Permission>();
      const mutations = writeGrant({ role, resource: name, permissions: change(before) }, time);
      return { mutations, result: undefined };
    });
  }

  private async change<Result>(
    decide: (reader: Reader, time: WriteTime) => Soon<{ mutations: Mutation[]; result: Result }>,
  ): Promise<Result> {
    const { storage, clock, changed } = this.modules;
    try {
      return await storage.decide((reader) =>
        decide(reader, { timestamp: clock.next(), now: this.seconds() }),
      );
    } finally {
      changed();
    }
  }

  private seconds(): number {
    return Math.floor(this.modules.now() / 1000);
  }
}

async function existing(reader: Reader, name: string, now: number): Promise<Role> {
  const role = await readRole(reader, name, now);
  if (role === undefined) throw invalid(`${name} doesn't exist`);
  return role;
}

async function inheritedRoles(reader: Reader, name: string, now: number): Promise<Role[]> {
  const found = new Map<string, Role>();
  const names = [name];
  for (const next of names) {
    if (found.has(next) || found.size >= authLimits.inheritedMax) continue;
    const role = await readRole(reader, next, now);
    if (role === undefined) continue;
    found.set(next, role);
    names.push(...role.memberOf);
  }
  return [...found.values()];
}

async function withoutGrantsOn(reader: Reader, resource: string, time: WriteTime): Promise<Mutation[]> {
  const mutations: Mutation[] = [];
  for (const role of await readRolesWith(reader, resource, time.now))
    mutations.push(...writeGrant({ role, resource, permissions: new Set() }, time));
  return mutations;
}

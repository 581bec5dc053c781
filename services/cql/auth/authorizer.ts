/**
 * Who may do what. What is known of a role (what it has through others, its permissions) is kept for a moment and forgotten when something
 * changes here. A statement that was permitted once costs a look into a set. Messages as Apache Cassandra 4.0.
 */
import type { Soon } from '../engine/storage.ts';
import { CqlError } from '../errors.ts';
import type { Caller, Need, Permission } from '../ops/api.ts';
import { isLocalSystem } from '../schema/system/names.ts';
import { notModifiable } from '../system/virtual-storage.ts';
import { authLimits } from './limits.ts';
import { type AuthResource, resourceChain, resourceName, resourceText } from './resources.ts';
import type { Roles } from './roles.ts';

/** What a role is and may. */
export interface Rights {
  readonly caller: Caller;
  /** With those that it has through others; itself first. */
  readonly roles: readonly string[];
  has(permission: Permission, resource: AuthResource): boolean;
}

interface Entry extends Rights {
  readonly expiresAt: number;
  /** Lists of needs that were found to be met. */
  readonly met: WeakSet<readonly Need[]>;
}

export class Authorizer {
  private readonly roles: Roles;
  private readonly now: () => number;
  /** By role; read last, last. */
  private entries = new Map<string, Entry>();
  private loading = new Map<string, Promise<Entry>>();

  /** @param now milliseconds */
  constructor(roles: Roles, now: () => number) {
    this.roles = roles;
    this.now = now;
  }

  /** What was kept of roles is old. */
  forget(): void {
    this.entries = new Map();
    this.loading = new Map();
  }

  /** @throws CqlError `unauthorized` */
  permit(role: string, needs: readonly Need[]): Soon<Caller> {
    const entry = this.entries.get(role);
    if (entry !== undefined && entry.expiresAt > this.now()) {
      if (!entry.met.has(needs)) judge(entry, needs);
      return entry.caller;
    }
    return this.load(role).then((loaded) => {
      judge(loaded, needs);
      return loaded.caller;
    });
  }

  rights(role: string): Soon<Rights> {
    const entry = this.entries.get(role);
    return entry !== undefined && entry.expiresAt > this.now() ? entry : this.load(role);
  }

  private load(role: string): Promise<Entry> {
    const known = this.loading.get(role);
    if (known !== undefined) return known;
    const { loading, entries } = this;
    const loaded = this.read(role).then(
      (entry) => {
        loading.delete(role);
        entries.delete(role);
        entries.set(role, entry);
        if (entries.size > authLimits.rolesKept) entries.delete(entries.keys().next().value!);
        return entry;
      },
      (error: unknown) => {
        loading.delete(role);
        throw error;
      },
    );
    loading.set(role, loaded);
    return loaded;
  }

  private async read(role: string): Promise<Entry> {
    const expiresAt = this.now() + authLimits.validMs;
    const roles = await this.roles.inherited(role);
    const isSuperuser = roles.some((each) => each.isSuperuser);
    const granted = new Map<string, Set<Permission>>();
    for (const { name } of isSuperuser ? [] : roles)
      for (const { resource, permissions } of await this.roles.grants(name)) {
        const known = granted.get(resource) ?? new Set();
        for (const permission of permissions) known.add(permission);
        granted.set(resource, known);
      }
    return {
      caller: { role, isSuperuser },
      roles: roles.map(({ name }) => name),
      has: (permission, resource) =>
        isSuperuser ||
        resourceChain(resource).some((each) => granted.get(resourceName(each))?.has(permission) === true),
      expiresAt,
      met: new WeakSet(),
    };
  }
}

function judge(entry: Entry, needs: readonly Need[]): void {
  for (const { permission, resource } of needs) {
    if (isData(resource) && isLocalSystem(resource.keyspace) && permission !== 'SELECT')
      throw notModifiable(resource);
    checkNeed(entry, permission, resource);
  }
  entry.met.add(needs);
}

/** @throws CqlError `unauthorized` */
export function checkNeed(rights: Rights, permission: Permission, resource: AuthResource): void {
  if (permission === 'SELECT' && isReadable(resource)) return;
  if (rights.has(permission, resource)) return;
  throw new CqlError(
    'unauthorized',
    `User ${rights.caller.role} has no ${permission} permission on ${resourceText(resource)} or any of its parents`,
  );
}

const isData = (resource: AuthResource) => resource.kind === 'keyspace' || resource.kind === 'table';

const readableOfSystem: readonly string[] = ['local', 'peers', 'peers_v2'];

/** What every driver reads when it connects. */
function isReadable(resource: AuthResource): boolean {
  if (resource.kind !== 'table') return false;
  const { keyspace, table } = resource;
  if (keyspace === 'system_schema' || keyspace === 'system_virtual_schema') return true;
  return keyspace === 'system' && readableOfSystem.includes(table);
}

/** Rows of the keyspace `system_views`: what tools look at of a running server, as far as there is something like it here. */
import type { RowValues } from './table-rows.ts';
import { bigintValue, booleanValue, inetValue, intValue, textValue } from './values.ts';

/** A connection as its row shows it. */
export interface ClientInfo {
  readonly address: string;
  readonly port: number;
  readonly stage: 'established' | 'authenticating' | 'ready';
  readonly driverName: string | undefined;
  readonly driverVersion: string | undefined;
  readonly version: number;
  readonly requests: number;
  readonly isEncrypted: boolean;
  readonly role: string | undefined;
}

const optional = (text: string | undefined) => (text === undefined ? undefined : textValue(text));

export function clientRows(clients: readonly ClientInfo[]): RowValues[] {
  return clients.map((client) => ({
    address: inetValue(client.address),
    port: intValue(client.port),
    connection_stage: textValue(client.stage),
    driver_name: optional(client.driverName),
    driver_version: optional(client.driverVersion),
    hostname: textValue(client.address),
    protocol_version: intValue(client.version),
    request_count: bigintValue(client.requests),
    ssl_enabled: booleanValue(client.isEncrypted),
    username: textValue(client.role ?? 'anonymous'),
  }));
}

/** Settings by their names in cassandra.yaml, as far as they are true here. */
export function settingRows(settings: Readonly<Record<string, string>>): RowValues[] {
  return Object.entries(settings).map(([name, value]) => ({
    name: textValue(name),
    value: textValue(value),
  }));
}

export interface PoolInfo {
  readonly name: string;
  readonly active: number;
  readonly limit: number;
  readonly pending: number;
  readonly completed: number;
  readonly blocked: number;
}

export function poolRows(pools: readonly PoolInfo[]): RowValues[] {
  return pools.map((pool) => ({
    name: textValue(pool.name),
    active_tasks: intValue(pool.active),
    active_tasks_limit: intValue(pool.limit),
    blocked_tasks: bigintValue(0),
    blocked_tasks_all_time: bigintValue(pool.blocked),
    completed_tasks: bigintValue(pool.completed),
    pending_tasks: intValue(pool.pending),
  }));
}

export interface CacheInfo {
  readonly name: string;
  readonly capacityBytes: number;
  readonly bytes: number;
  readonly entries: number;
}

export function cacheRows(caches: readonly CacheInfo[]): RowValues[] {
  return caches.map((cache) => ({
    name: textValue(cache.name),
    capacity_bytes: bigintValue(cache.capacityBytes),
    entry_count: intValue(cache.entries),
    size_bytes: bigintValue(cache.bytes),
  }));
}

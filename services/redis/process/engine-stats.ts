/** Counters that the engine's process sends to the gateway for its metrics. */
import type { Engine } from '../engine/engine.ts';

/** Since the process began or CONFIG RESETSTAT, where the name is not of a present state. Sizes in bytes. */
export interface EngineStats {
  readonly clients: number;
  readonly blockedClients: number;
  /** By database. */
  readonly keys: readonly number[];
  readonly datasetBytes: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Unread input and unsent output of all connections. */
  readonly bufferedBytes: number;
  /** Name, and calls that ended well, that failed, and that were refused. */
  readonly commands: readonly (readonly [string, number, number, number])[];
  readonly connections: number;
  readonly rejectedConnections: number;
  readonly expiredKeys: number;
  readonly evictedKeys: number;
  readonly evictedClients: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

export function engineStats(engine: Engine, bufferedBytes: number): EngineStats {
  const { stats, host, meter } = engine;
  const { heapUsed, resident } = host.memory();
  const commands: [string, number, number, number][] = [];
  for (const [row, { calls, failed, rejected }] of meter.commands) {
    commands.push([engine.commands.fullNames.get(row) ?? row.name, calls - failed, failed, rejected]);
  }
  return {
    clients: engine.clients.size,
    blockedClients: engine.blocking.size,
    keys: engine.databases.map(({ size }) => size),
    datasetBytes: engine.usedMemory(),
    heapBytes: heapUsed,
    residentBytes: resident,
    bufferedBytes,
    commands,
    connections: stats.connectionsReceived,
    rejectedConnections: stats.rejectedConnections,
    expiredKeys: stats.expiredKeys,
    evictedKeys: stats.evictedKeys,
    evictedClients: stats.evictedClients,
    inputBytes: stats.inputBytes,
    outputBytes: stats.outputBytes,
  };
}

/** How the one node of the cluster is described. */
import type { Call } from '../engine/call.ts';
import { slotCount } from '../engine/key-slot.ts';
import type { ReplySink } from '../model/reply.ts';

const busPortOffset = 10_000;

export interface ClusterNode {
  /** 40 hexadecimal digits. */
  readonly id: string;
  readonly ip: string;
  readonly port: number;
  readonly busPort: number;
  /** Empty when none is announced. */
  readonly hostname: string;
  /** What clients are to connect to; undefined: where they are connected. */
  readonly endpoint: string | undefined;
  /** Position in the log. */
  readonly offset: number;
}

/** This node as the client reaches it, or as it is announced. */
export function clusterNode(call: Call): ClusterNode {
  const { config, facts, effects } = call.engine;
  const { localAddress } = call.client.port;
  const colon = localAddress.lastIndexOf(':');
  const announcedPort = config.number('cluster-announce-port');
  const port = announcedPort > 0 ? announcedPort : Number(localAddress.slice(colon + 1));
  const busPort = config.number('cluster-announce-bus-port');
  const ip = config.get('cluster-announce-ip') || localAddress.slice(0, colon);
  const hostname = config.get('cluster-announce-hostname');
  const preferred = config.get('cluster-preferred-endpoint-type');
  return {
    id: facts.runId,
    ip,
    port,
    busPort: busPort > 0 ? busPort : port + busPortOffset,
    hostname,
    endpoint: preferred === 'ip' ? ip : preferred === 'hostname' ? hostname || '?' : undefined,
    offset: effects.batch - 1,
  };
}

export function infoText(): string {
  const fields: [string, string | number][] = [
    ['cluster_state', 'ok'],
    ['cluster_slots_assigned', slotCount],
    ['cluster_slots_ok', slotCount],
    ['cluster_slots_pfail', 0],
    ['cluster_slots_fail', 0],
    ['cluster_known_nodes', 1],
    ['cluster_size', 1],
    ['cluster_current_epoch', 1],
    ['cluster_my_epoch', 1],
    ['cluster_stats_messages_sent', 0],
    ['cluster_stats_messages_received', 0],
    ['total_cluster_links_buffer_limit_exceeded', 0],
  ];
  return fields.map(([name, value]) => `${name}:${value}\r\n`).join('');
}

export function nodesText({ id, ip, port, busPort, hostname }: ClusterNode): string {
  const host = hostname === '' ? '' : `,${hostname}`;
  return `${id} ${ip}:${port}@${busPort}${host} myself,master - 0 0 1 connected 0-${slotCount - 1}\n`;
}

export function writeSlots(reply: ReplySink, node: ClusterNode): void {
  reply.array(1);
  reply.array(3);
  reply.integer(0);
  reply.integer(slotCount - 1);
  reply.array(4);
  if (node.endpoint === undefined) reply.null();
  else reply.bulk(node.endpoint);
  reply.integer(node.port);
  reply.bulk(node.id);
  // The names that are not the endpoint.
  const others: [string, string][] = [];
  if (node.endpoint !== node.ip) others.push(['ip', node.ip]);
  if (node.hostname !== '' && node.endpoint !== node.hostname) others.push(['hostname', node.hostname]);
  reply.map(others.length);
  for (const [name, value] of others) {
    reply.bulk(name);
    reply.bulk(value);
  }
}

export function writeShards(reply: ReplySink, node: ClusterNode): void {
  reply.array(1);
  reply.map(2);
  reply.bulk('slots');
  reply.array(2);
  reply.integer(0);
  reply.integer(slotCount - 1);
  reply.bulk('nodes');
  reply.array(1);
  reply.map(node.hostname === '' ? 7 : 8);
  reply.bulk('id');
  reply.bulk(node.id);
  reply.bulk('port');
  reply.integer(node.port);
  reply.bulk('ip');
  reply.bulk(node.ip);
  reply.bulk('endpoint');
  if (node.endpoint === undefined) reply.null();
  else reply.bulk(node.endpoint);
  if (node.hostname !== '') {
    reply.bulk('hostname');
    reply.bulk(node.hostname);
  }
  reply.bulk('role');
  reply.bulk('master');
  reply.bulk('replication-offset');
  reply.integer(node.offset);
  reply.bulk('health');
  reply.bulk('online');
}

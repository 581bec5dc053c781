/** What the only node of the ring says of itself. */
import { hash } from 'node:crypto';

export const clusterName = 'Hypergate';
export const dataCentre = 'datacenter1';
export const rack = 'rack1';
export const releaseVersion = '4.0.11';
export const cqlVersion = '3.4.5';
export const partitioner = 'org.apache.cassandra.dht.Murmur3Partitioner';
/** The one range goes all around. */
export const onlyToken = '-9223372036854775808';

/** Of servers among themselves; nothing listens there. */
export const storagePort = 7000;

/** Data centres and nodes, as replication is checked against. */
export const cluster = { dataCentres: [dataCentre], nodes: 1 } as const;

export interface NodeFacts {
  /** 32 hexadecimal digits: the same after a restart. */
  readonly hostId: string;
  /** As clients reach it. */
  readonly address: string;
  readonly port: number;
  /** Seconds since 1970. */
  readonly startedAt: number;
}

/** A UUID (version 3) that follows from what is the same for ever: a folder, a public key. */
export function hostIdOf(identity: string | Uint8Array): string {
  const hex = hash('md5', identity, 'hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 12)}3${hex.slice(13, 16)}${variant}${hex.slice(18)}`;
}

/** As servers name one another: a host name, which nobody asked for here, a slash, and where the server is. */
export function endpointText(address: string): string {
  return `/${address.includes(':') ? `[${address}]` : address}:${storagePort}`;
}

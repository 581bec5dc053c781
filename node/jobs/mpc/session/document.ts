/**
 * The document that all parties of a computation have alike, as JSON: who they are, where they listen, and at which level they compute.
 *
 *   { "name": "auction-1", "level": "malicious", "keys": false,
 *     "parties": [{ "name": "alice", "key": "10…", "address": "192.0.2.1:7101" }, { "name": "bob", "key": "10…" }] }
 *
 * Parties stand in the order of their roles. Of two parties the one that stands later dials the other, unless only it has an address.
 */
import type { TaggedHash } from '../../../api/index.ts';
import type { SecurityLevel } from '../protocol.ts';
import { checkDescription, type SessionDescription } from './description.ts';

export interface SessionDocument {
  readonly description: SessionDescription;
  /** By party; those without are not dialled. */
  readonly addresses: ReadonlyMap<string, Address>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const levelNames: readonly SecurityLevel[] = ['semi-honest', 'malicious', 'three-party', 'one-bit-leakage'];

/**
 * @param value what JSON.parse made of it
 * @param circuit commitment of the circuit, which runs once
 * @throws RangeError with what is wrong
 */
export function readSessionDocument(value: unknown, circuit: TaggedHash): SessionDocument {
  const { name, level, keys = false, parties, ...rest } = objectOf(value, 'a session');
  refuseRest(rest, 'a session');
  if (typeof name !== 'string') throw new RangeError('name: a text has to be here');
  const known = levelNames.find((each) => each === level);
  if (known === undefined) throw new RangeError(`level: one of ${levelNames.join(', ')}`);
  if (typeof keys !== 'boolean') throw new RangeError('keys: true or false');
  if (!Array.isArray(parties)) throw new RangeError('parties: a list has to be here');
  const read = parties.map(partyOf);
  const description: SessionDescription = {
    name,
    level: known,
    demand: { level: known, keys },
    parties: read.map((party) => ({ name: party.name, key: party.key })),
    runs: [{ circuit, times: 1 }],
    dials: dialsOf(read),
  };
  checkDescription(description);
  return {
    description,
    addresses: new Map(
      read.flatMap((party) => (party.address === undefined ? [] : [[party.name, party.address]])),
    ),
  };
}

interface ReadParty {
  readonly name: string;
  readonly key: Buffer;
  readonly address: Address | undefined;
}

function partyOf(value: unknown, index: number): ReadParty {
  const what = `parties.${index}`;
  const { name, key, address, ...rest } = objectOf(value, what);
  refuseRest(rest, what);
  if (typeof name !== 'string') throw new RangeError(`${what}.name: a text has to be here`);
  if (typeof key !== 'string' || !/^10[0-9a-f]{64}$/.test(key)) {
    throw new RangeError(`${what}.key: 66 hex digits that begin with 10 have to be here`);
  }
  return {
    name,
    key: Buffer.from(key, 'hex'),
    address: address === undefined ? undefined : addressOf(address, what),
  };
}

function addressOf(value: unknown, what: string): Address {
  const [, host, port] =
    typeof value === 'string' ? (/^(\[[0-9a-f:.]+\]|[^\s:[\]]+):(\d{1,5})$/i.exec(value) ?? []) : [];
  if (host === undefined || Number(port) > 65_535)
    throw new RangeError(`${what}.address: an address is host:port`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function dialsOf(parties: readonly ReadParty[]): [string, string][] {
  return parties.flatMap((listener, index) =>
    parties.slice(index + 1).map((dialer): [string, string] => {
      if (listener.address !== undefined) return [dialer.name, listener.name];
      if (dialer.address !== undefined) return [listener.name, dialer.name];
      throw new RangeError(`one of ${listener.name} and ${dialer.name} needs an address`);
    }),
  );
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RangeError(`${what}: an object has to be here`);
  }
  // What is missing is not looked for in Object.prototype.
  return Object.assign(Object.create(null), value) as Record<string, unknown>;
}

function refuseRest(rest: object, what: string): void {
  const [other] = Object.keys(rest);
  if (other !== undefined) throw new RangeError(`${what} has nothing called ${JSON.stringify(other)}`);
}

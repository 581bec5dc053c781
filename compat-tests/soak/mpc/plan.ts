/** What one session of the soak does: a seed and the session's number determine all of it but what the machine's clock decides. */
import { createHash } from 'node:crypto';
import { type Circuit, circuitCommitment, type SecurityLevel } from '@hypergate/node/jobs/mpc';
import { type Identity, identityFromSeed, type SessionDescription } from '@hypergate/node/jobs/mpc/session';
import { type RandomCase, randomCase, seededRandom } from '@hypergate/node/jobs/mpc/test/support';
import { SeededRandom } from '../../lib/random.ts';

/** Where a party runs. */
export type Place = 'here' | 'thread' | 'process';

/** How parties reach each other: streams that pass through the soak's process, or sockets on loopback to real listeners. */
export type Link = 'stream' | 'tcp';

/** Moments are numbers of chunks that crossed the wires of the session, or of messages of a protocol. */
export type Event =
  | { readonly kind: 'none' }
  /** A party's caller calls it off; closes its session; its thread or process is killed; it reads nothing more. */
  | {
      readonly kind: 'abort' | 'close' | 'kill' | 'stall';
      readonly party: string;
      readonly at: number;
    }
  | { readonly kind: 'absent'; readonly party: string }
  /** The connection between two ends. */
  | { readonly kind: 'cut'; readonly pair: readonly [string, string]; readonly at: number }
  /** A bit of what one sends to the other arrives as another. */
  | {
      readonly kind: 'flip';
      readonly from: string;
      readonly to: string;
      readonly at: number;
      readonly place: number;
      readonly bit: number;
    }
  | { readonly kind: 'other-circuit'; readonly party: string; readonly run: number }
  /** Something fails inside of a party, at a message that it sends. */
  | { readonly kind: 'throw'; readonly party: string; readonly at: number }
  /** All parties come twice at once, with the same description. */
  | { readonly kind: 'twice' };

export type EventKind = Event['kind'];

export interface SessionPlan {
  readonly number: number;
  readonly level: SecurityLevel;
  readonly parties: readonly string[];
  readonly identities: ReadonlyMap<string, { readonly identity: Identity; readonly seed: Uint8Array }>;
  readonly description: SessionDescription;
  readonly runs: readonly RandomCase[];
  /** Of none of the runs. */
  readonly otherCircuit: Circuit;
  readonly link: Link;
  /** Over TCP: through the soak, which can then come between, or straight to the listener. */
  readonly relayed: boolean;
  readonly places: ReadonlyMap<string, Place>;
  readonly event: Event;
}

/** In percent. The level with two malicious parties costs thirteen times the CPU of the one with three parties. */
export const levelShares: Readonly<Partial<Record<SecurityLevel, number>>> = {
  'three-party': 55,
  'semi-honest': 30,
  malicious: 15,
};

/** In percent. */
export const eventShares: Readonly<Record<EventKind, number>> = {
  none: 22,
  abort: 11,
  close: 9,
  cut: 12,
  flip: 13,
  absent: 5,
  stall: 6,
  kill: 3,
  'other-circuit': 7,
  throw: 8,
  twice: 4,
};

/** In percent, of sessions without a kill: some of their parties run in threads or processes. */
const remoteShare = 3;
const runsMax = 3;

/** Chunks that cross the wires, about: for the opening, and for each run. */
const chunksOf: Readonly<Partial<Record<SecurityLevel, readonly [number, number]>>> = {
  'semi-honest': [14, 9],
  malicious: [36, 19],
  'three-party': [30, 27],
};

/** Messages of the protocol that one party sends, about. */
const messagesOf: Readonly<Partial<Record<SecurityLevel, readonly [number, number]>>> = {
  'semi-honest': [1, 3],
  malicious: [12, 8],
  'three-party': [1, 4],
};

export function planSession(seed: string, number: number): SessionPlan {
  const own = `${seed} session ${number}`;
  const random = new SeededRandom(own);
  const level = pickShare(random, levelShares) as SecurityLevel;
  const kind = pickShare(random, eventShares) as EventKind;
  const parties = level === 'three-party' ? ['ann', 'bea', 'cid'] : ['ann', 'bea'];
  const runs = planRuns(own, parties, random);
  const places = planPlaces(random, parties, kind);
  const isRemote = [...places.values()].some((place) => place !== 'here');
  const link = kind === 'twice' || random.next() < 0.4 ? 'tcp' : 'stream';
  const event = planEvent(random, kind, { level, parties, places, runs: runs.length });
  const identities = new Map(
    parties.map((name) => {
      const key = createHash('sha256').update(`${own} ${name}`).digest();
      return [name, { identity: identityFromSeed(key), seed: key }];
    }),
  );
  const description: SessionDescription = {
    name: `soak-${createHash('sha256').update(own).digest('hex').slice(0, 24)}`,
    level,
    demand: { level, keys: false },
    parties: parties.map((name) => ({ name, key: identities.get(name)!.identity.publicKey })),
    runs: runs.map(({ circuit }) => ({ circuit: circuitCommitment(circuit), times: 1 })),
  };
  return {
    number,
    level,
    parties,
    identities,
    description,
    runs,
    otherCircuit: randomCase({ seed: `${own} other`, parties, ands: 5 }).circuit,
    link,
    relayed: !isRemote && kind === 'none' ? random.next() < 0.5 : kind !== 'twice',
    places,
    event,
  };
}

/** One circuit some times with new inputs, or several. */
function planRuns(own: string, parties: readonly string[], random: SeededRandom): RandomCase[] {
  const count = random.between(1, runsMax);
  const isOneCircuit = random.next() < 0.5;
  const first = randomCase({ seed: `${own} run 0`, parties });
  return Array.from({ length: count }, (_, run) => {
    if (run === 0) return first;
    if (!isOneCircuit) return randomCase({ seed: `${own} run ${run}`, parties });
    const bytes = seededRandom(`${own} inputs of run ${run}`);
    const inputs = first.circuit.inputs.map(({ bits }) => Uint8Array.from(bytes(bits), (byte) => byte & 1));
    return { circuit: first.circuit, inputs };
  });
}

function planPlaces(random: SeededRandom, parties: readonly string[], kind: EventKind): Map<string, Place> {
  const isRemote = kind === 'kill' || (kind !== 'twice' && random.between(1, 100) <= remoteShare);
  const always = random.pick(parties);
  const remote = (name: string): Place =>
    name === always || random.next() < 0.4 ? random.pick(['thread', 'process'] as const) : 'here';
  return new Map(parties.map((name) => [name, isRemote ? remote(name) : 'here']));
}

interface Scene {
  readonly level: SecurityLevel;
  readonly parties: readonly string[];
  readonly places: ReadonlyMap<string, Place>;
  readonly runs: number;
}

function planEvent(random: SeededRandom, kind: EventKind, scene: Scene): Event {
  const { level, parties, places, runs } = scene;
  const [opening, each] = chunksOf[level]!;
  const at = random.between(0, opening + each * runs);
  const of = (place: (each: Place) => boolean) => parties.filter((name) => place(places.get(name)!));
  const some = of((place) => place === 'here');
  const [from, to] = random.shuffle(parties) as [string, string];
  switch (kind) {
    case 'none':
    case 'twice':
      return { kind };
    case 'kill':
      return { kind, party: random.pick(of((place) => place !== 'here')), at };
    case 'close':
    case 'stall':
      return { kind, party: from, at };
    case 'absent':
      return { kind, party: from };
    case 'cut':
      return { kind, pair: [from, to], at };
    case 'flip':
      return { kind, from, to, at, place: random.next(), bit: random.between(0, 7) };
    case 'other-circuit':
      return { kind, party: from, run: random.between(0, runs - 1) };
    // Of a thread or process these two do not exist.
    case 'abort':
    case 'throw': {
      if (some.length === 0) return { kind: 'close', party: from, at };
      const [first, more] = messagesOf[level]!;
      const message = random.between(0, first + more * runs);
      return { kind, party: random.pick(some), at: kind === 'throw' ? message : at };
    }
  }
}

function pickShare(random: SeededRandom, shares: Readonly<Partial<Record<string, number>>>): string {
  const rows = Object.entries(shares) as [string, number][];
  let left = random.between(
    1,
    rows.reduce((sum, [, share]) => sum + share, 0),
  );
  for (const [name, share] of rows) {
    left -= share;
    if (left <= 0) return name;
  }
  throw new Error('shares without a sum');
}

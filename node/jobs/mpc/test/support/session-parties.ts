/** Sessions whose parties are all in this process, over streams in memory between which a test may come. */
import { createHash } from 'node:crypto';
import { type Duplex, duplexPair } from 'node:stream';
import { bitsOfNumber } from '../../circuit/bits.ts';
import { CircuitBuilder } from '../../circuit/builder.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { type Connector, overStream } from '../../session/connect.ts';
import type { SessionDescription } from '../../session/description.ts';
import { type Identity, identityFromSeed } from '../../session/identity.ts';
import { openSession, type Session, type SessionOptions } from '../../session/session.ts';
import { clearLevels, commitClear } from './clear-protocol.ts';
import { seededRandom } from './seeded-random.ts';

export const names = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;

export function seedOf(name: string): Buffer {
  return createHash('sha256').update(`seed of ${name}`).digest();
}

export function identityOf(name: string): Identity {
  return identityFromSeed(seedOf(name));
}

/** The parties' numbers of 8 bits, added; all learn the sum. */
export function sumCircuit(parties: readonly string[], plus = 0): Circuit {
  const builder = new CircuitBuilder();
  const words = parties.map((party) => builder.input(party, 'x', 8));
  let sum = [...bitsOfNumber(BigInt(plus), 8)] as number[];
  for (const word of words) {
    let carry = 0;
    sum = word.map((bit, index) => {
      const other = sum[index]!;
      const both = builder.xor(bit, other);
      const out = builder.xor(both, carry);
      carry = builder.xor(builder.and(bit, other), builder.and(both, carry));
      return out;
    });
  }
  builder.output('sum', parties, sum);
  return builder.build();
}

export function describe(
  parties: readonly string[],
  circuit: Circuit,
  changes: Partial<SessionDescription> = {},
): SessionDescription {
  return {
    name: 'a-test',
    level: 'semi-honest',
    demand: { level: 'semi-honest', keys: false },
    parties: parties.map((name) => ({ name, key: identityOf(name).publicKey })),
    runs: [{ circuit: commitClear(circuit), times: 3 }],
    ...changes,
  };
}

export interface PartiesSetup {
  readonly parties: readonly string[];
  readonly description: SessionDescription;
  /** For one party alone. */
  readonly options?: Readonly<Record<string, Partial<SessionOptions>>>;
  readonly all?: Partial<SessionOptions>;
  /** Comes between two ends. */
  readonly between?: (a: string, b: string) => readonly [Duplex, Duplex];
}

/** All connections: by name, then by name of the other. */
export function connectAll(
  parties: readonly string[],
  between: (a: string, b: string) => readonly [Duplex, Duplex] = () => duplexPair(),
): { readonly connections: Map<string, Map<string, Connector>>; readonly streams: Duplex[] } {
  const connections = new Map(parties.map((name) => [name, new Map<string, Connector>()]));
  const streams: Duplex[] = [];
  for (const [index, a] of parties.entries()) {
    for (const b of parties.slice(index + 1)) {
      const [ofA, ofB] = between(a, b);
      connections.get(a)!.set(b, overStream(ofA));
      connections.get(b)!.set(a, overStream(ofB));
      streams.push(ofA, ofB);
    }
  }
  return { connections, streams };
}

/** Opens the session of each party; what comes of it, in their order. */
export async function openAll(
  setup: PartiesSetup,
): Promise<{ readonly results: PromiseSettledResult<Session>[]; readonly streams: Duplex[] }> {
  const { parties, description, options = {}, all = {} } = setup;
  const { connections, streams } = connectAll(parties, setup.between);
  const results = await Promise.allSettled(
    parties.map((me) =>
      openSession({
        identity: identityOf(me),
        me,
        description,
        connections: connections.get(me)!,
        levels: clearLevels,
        commit: commitClear,
        random: seededRandom(`${me}`),
        ...all,
        ...options[me],
      }),
    ),
  );
  return { results, streams };
}

/** The same when all succeed. */
export async function openSessions(setup: PartiesSetup): Promise<Session[]> {
  const { results } = await openAll(setup);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

export function inputsFor(circuit: Circuit, me: string, value: number): (Uint8Array | undefined)[] {
  return circuit.inputs.map(({ party, bits }) =>
    party === me ? bitsOfNumber(BigInt(value), bits) : undefined,
  );
}

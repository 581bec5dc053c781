/**
 * The file that all parties of a computation have alike: who they are, where they listen, and at which level they compute.
 *
 *   { "name": "auction-1", "level": "malicious", "keys": false,
 *     "parties": [{ "name": "alice", "key": "10…", "address": "127.0.0.1:7101" }, { "name": "bob", "key": "10…" }] }
 *
 * Parties stand in the order of their roles. Of two parties the one that stands later dials the other, unless only it has an address.
 */
import { type SessionDescription, sessionLimits } from '@hypergate/node/jobs/mpc/session';
import { z } from 'zod';
import { StartError } from '../../errors.ts';
import { serverLimits } from '../../limits.ts';
import { parseJson, readFileBounded } from './files.ts';

const levelSchema = z.enum(['semi-honest', 'malicious', 'three-party']);

const sessionSchema = z.strictObject({
  name: z.string().min(1).max(sessionLimits.sessionNameCharsMax),
  level: levelSchema,
  /** The inputs are keys: weak levels are refused. */
  keys: z.boolean().default(false),
  parties: z.array(
    z.strictObject({
      name: z.string(),
      key: z.string().regex(/^10[0-9a-f]{64}$/, 'a key is what hypergate mpc identity printed'),
      address: z
        .string()
        .regex(/^(?:\[[0-9a-f:.]+\]|[^\s:[\]]+):\d{1,5}$/i, 'an address is host:port')
        .optional(),
    }),
  ),
});

export type SessionFile = z.infer<typeof sessionSchema>;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ReadSession {
  readonly description: SessionDescription;
  /** By party. */
  readonly addresses: ReadonlyMap<string, Address>;
}

/** @param commitment of the circuit, which runs once */
export async function readSession(path: string, commitment: Uint8Array): Promise<ReadSession> {
  const text = (await readFileBounded(path, serverLimits.mpcSessionBytesMax)).toString('utf8');
  const parsed = sessionSchema.safeParse(parseJson(text, path));
  if (!parsed.success) {
    const { path: at, message } = parsed.error.issues[0]!;
    throw new StartError(`${path}: ${at.join('.') || 'the file'}: ${message}`, 2);
  }
  const { name, level, keys, parties } = parsed.data;
  const addresses = new Map<string, Address>();
  for (const { name: party, address } of parties) {
    if (address !== undefined) addresses.set(party, addressOf(address));
  }
  return {
    description: {
      name,
      level,
      demand: { level, keys },
      parties: parties.map((each) => ({ name: each.name, key: Buffer.from(each.key, 'hex') })),
      runs: [{ circuit: commitment, times: 1 }],
      dials: dialsOf(parties, path),
    },
    addresses,
  };
}

function addressOf(text: string): Address {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

function dialsOf(parties: SessionFile['parties'], path: string): [string, string][] {
  return parties.flatMap((listener, index) =>
    parties.slice(index + 1).map((dialer): [string, string] => {
      if (listener.address !== undefined) return [dialer.name, listener.name];
      if (dialer.address !== undefined) return [listener.name, dialer.name];
      throw new StartError(`${path}: one of ${listener.name} and ${dialer.name} needs an address`, 2);
    }),
  );
}

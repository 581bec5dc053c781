/** The payload of an invocation: which parties the gateway plays, with which inputs, and who the others are. */
import { z } from 'zod';
import { MpcFailure } from './failure.ts';
import { mpcLimits as l } from './limits.ts';
import type { Manifest } from './manifest.ts';

const name = z.string().min(1).max(l.nameCharsMax);

const party = z.strictObject({
  name,
  key: z.string().regex(/^10[0-9a-f]{64}$/, 'a key is 66 hex digits that begin with 10'),
  address: z
    .string()
    .max(l.addressCharsMax)
    .regex(/^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, 'an address is host:port')
    .optional(),
});

const session = z.strictObject({
  name: z.string().min(1).max(l.sessionNameCharsMax),
  /** May be left out, and else has to be that of the manifest. */
  level: z.string().optional(),
  keys: z.boolean().optional(),
  parties: z.array(party).min(l.partiesMin).max(l.partiesMax),
});
export type SessionRequest = z.output<typeof session>;

const payload = z.strictObject({
  as: z.union([name, z.array(name).min(1).max(l.partiesMax)]).optional(),
  inputs: z.record(name, z.record(z.string(), z.unknown())).default({}),
  session: session.optional(),
});

export type Inputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type MpcRequest =
  | { readonly way: 'party'; readonly as: string; readonly inputs: Inputs; readonly session: SessionRequest }
  | { readonly way: 'all'; readonly inputs: Inputs };

/** @throws MpcFailure; its sentences hold nothing of the payload but names of parties */
export function readRequest(bytes: Uint8Array, manifest: Manifest): MpcRequest {
  const parsed = payload.safeParse(jsonOf(bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${['payload', ...(issue?.path ?? [])].join('.')}: ${issue?.message}`);
  }
  const { as = manifest.self, inputs, session } = parsed.data;
  const played = typeof as === 'string' ? [as] : (as ?? []);
  const stranger = [...played, ...Object.keys(inputs)].find((one) => !manifest.parties.includes(one));
  if (stranger !== undefined) throw invalid(`${JSON.stringify(stranger)} is no party of this function`);
  const unplayed = Object.keys(inputs).find((one) => !played.includes(one));
  if (unplayed !== undefined) throw invalid(`inputs of ${unplayed}, which this gateway does not play`);
  for (const one of Object.keys(inputs))
    if (typeof manifest.inputs[one] === 'object')
      throw invalid(`the inputs of ${one} are those of an object, and not the caller's`);
  return session === undefined
    ? { way: 'all', inputs: everybody(played, manifest, inputs) }
    : { way: 'party', as: onlyOne(played, manifest), inputs, session: checked(session, manifest) };
}

/** Nobody shows the gateway the inputs of all by leaving something out. */
function everybody(played: readonly string[], { parties }: Manifest, inputs: Inputs): Inputs {
  if (isSame(played, parties)) return inputs;
  throw invalid(
    'a session says who the other parties are; without one this gateway plays all, which "as" has to name',
  );
}

function onlyOne(played: readonly string[], { self }: Manifest): string {
  const [one, other] = played;
  if (one === undefined) throw invalid('"as" says which party this gateway is');
  if (other !== undefined) throw invalid('in a session this gateway is one party');
  if (self !== undefined && self !== one) throw invalid(`in a session this gateway is ${self}`);
  return one;
}

function checked(given: SessionRequest, { parties, level, keys }: Manifest): SessionRequest {
  const names = given.parties.map((one) => one.name);
  if (!isSame(names, parties)) throw invalid(`the parties of the session are ${parties.join(', ')}`);
  if ((given.level ?? level) !== level) throw invalid(`the level of this function is ${level}`);
  if ((given.keys ?? keys) !== keys) throw invalid(`"keys" of this function is ${keys}`);
  return given;
}

const isSame = (left: readonly string[], right: readonly string[]): boolean =>
  left.toSorted().join() === right.toSorted().join();

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // What the parser says shows a piece of it.
    throw invalid('the payload is not JSON');
  }
}

function invalid(sentence: string): MpcFailure {
  return new MpcFailure('InvalidRequest', sentence);
}

/**
 * What three custodians compute together, at the level of Mohassel, Rosulek, Zhang, "Fast and secure three-party computation: the
 * garbled circuit approach" (CCS 2015): one of the three may do anything.
 *
 * Every share is an input of the two parties that have it. One of them is honest, and the level ends the run when the other
 * gives something else (mpc/levels/three-party/replicated-inputs.ts has the proof): so the output is that of the shares that were
 * committed to, whatever one party does. The level's commitments to joint secrets are not needed, as each custodian checks what it
 * reads against the commitments to pieces, and the context of each run names the key's public part: parties that mean other pieces
 * do not begin.
 *
 * A long message takes several runs. Between them the chaining value, from which extensions of the message could be computed, stays
 * secret: a run puts it out masked. Masks are two of its new shares, each a pseudo-random function of a secret that the two holders
 * have, at a point that is used once (session and number of the run); the masked value is the third, and goes to its two holders.
 * The party that lacks a mask sees the value under it; a holder that uses another mask is found as with any joint input.
 */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../api/index.ts';
import { hkdf, secretKey } from '../../../crypto/hkdf.ts';
import { bitsOfBytes, bytesOfBits } from '../../mpc/circuit/bits.ts';
import type { Circuit } from '../../mpc/circuit/circuit.ts';
import type { Sha2 } from '../../mpc/circuit/standard/sha2.ts';
import {
  blocksPerRun,
  createCircuit,
  everybody,
  holders,
  lastCircuit,
  middleCircuit,
  outputLacking,
} from './circuits.ts';
import type { Seat } from './meetings.ts';
import type { TripleShares } from './pieces.ts';
import { innerSchedules } from './schedule.ts';
import { type MacScheme, stateBytes } from './schemes.ts';

/** Bits of a shared value, by the role that lacks them; undefined for the own one. */
type SharedBits = readonly (Uint8Array | undefined)[];

interface Inputs {
  readonly shared: Readonly<Record<string, SharedBits>>;
  readonly open: Readonly<Record<string, Uint8Array>>;
}

/**
 * The MAC of a public message.
 *
 * @param shares of both chaining values, inner before outer
 * @param context 32 bytes: names key and message; parties that have another one do not begin
 * @throws MpcAbort
 */
export async function computeMac(
  seat: Seat,
  scheme: MacScheme,
  { shares, seeds }: TripleShares,
  message: Bytes,
  context: Bytes,
): Promise<Buffer> {
  const { hash } = scheme;
  const half = stateBytes(scheme);
  const bitsOf = (from: number): SharedBits =>
    shares.map((share) => (share === undefined ? undefined : bitsOfBytes(share.subarray(from, from + half))));
  let state = bitsOf(0);
  const blocks = innerSchedules(hash, message);
  for (let done = 0; done < blocks.length - 1; ) {
    const count = blocksOfRun(hash, blocks.length - 1 - done);
    const schedule = Buffer.concat(blocks.slice(done, done + count));
    const masks = masksOf(seat, seeds, half);
    const [next] = await runOnce(
      seat,
      middleCircuit(hash, count),
      { shared: { state, mask: masks }, open: { schedule } },
      context,
    );
    state = masks.map((mask, lacking) => (lacking === outputLacking ? next : mask));
    done += count;
  }
  const inputs = { shared: { state, outer: bitsOf(half) }, open: { schedule: blocks.at(-1)! } };
  const [mac] = await runOnce(seat, lastCircuit(scheme), inputs, context);
  return bytesOfBits(mac!);
}

/**
 * Both chaining values of a key, then zeros, under masks.
 *
 * @param key, masks by the role that lacks them
 * @throws MpcAbort
 */
export async function computeStates(
  seat: Seat,
  scheme: MacScheme,
  key: readonly (Uint8Array | undefined)[],
  masks: readonly (Uint8Array | undefined)[],
  context: Bytes,
): Promise<Buffer> {
  const toBits = (shares: readonly (Uint8Array | undefined)[]): SharedBits =>
    shares.map((share) => (share === undefined ? undefined : bitsOfBytes(share)));
  const inputs = { shared: { key: toBits(key), mask: toBits(masks) }, open: {} };
  const [piece] = await runOnce(seat, createCircuit(scheme), inputs, context);
  return bytesOfBits(piece!);
}

async function runOnce(
  seat: Seat,
  circuit: Circuit,
  { shared, open }: Inputs,
  context: Bytes,
): Promise<readonly (Uint8Array | undefined)[]> {
  const inputs = circuit.inputs.map(({ party, name }) => {
    if (party === everybody) return open[name];
    const lacking = holders.indexOf(party);
    return lacking === seat.role ? undefined : shared[name]![lacking];
  });
  seat.runs += 1;
  const { outputs } = await seat.session.run(circuit, inputs, { context });
  return outputs;
}

/** As many as there are circuits for: the largest power of two. */
function blocksOfRun(hash: Sha2, left: number): number {
  return Math.min(blocksPerRun(hash), 2 ** Math.floor(Math.log2(left)));
}

/** For the shares that the next run does not put out. */
function masksOf({ session, runs }: Seat, seeds: TripleShares['seeds'], bytes: number): SharedBits {
  const info = Buffer.from(`hypergate/threshold/mac/mask/v1 ${runs}`);
  return seeds.map((seed, lacking) =>
    seed === undefined || lacking === outputLacking
      ? undefined
      : bitsOfBytes(hkdf(secretKey(seed), session.sessionId, info, bytes)),
  );
}

/** What a computation is about, in 32 bytes. */
export function contextOf(what: string, ...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256').update(`hypergate/threshold/mac/${what}/v1\0`);
  for (const part of parts) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    hash.update(length).update(part);
  }
  return hash.digest();
}

/** A protocol without any secrecy, for tests of sessions: each party tells all others its inputs, and all evaluate in the clear. */
import { createHash } from 'node:crypto';
import { bitsOfBytes, bytesOfBits } from '../../circuit/bits.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { evaluate } from '../../circuit/evaluate.ts';
import type { Protocol } from '../../protocol.ts';
import type { Levels } from '../../session/levels.ts';

const kind = { setup: 1, inputs: 2 } as const;

export const clearProtocol: Protocol = async ({ me, channels, sessionId }) => {
  for (const channel of channels.values()) await channel.send(kind.setup, sessionId);
  for (const channel of channels.values()) await channel.receive(kind.setup, 32);
  return {
    async run({ circuit, inputs }) {
      const known = new Map<string, Uint8Array>([[me, ownBits(circuit, me, inputs)]]);
      for (const channel of channels.values()) await channel.send(kind.inputs, bytesOf(known.get(me)!));
      for (const channel of channels.values()) {
        const bits = countOf(circuit, channel.peer);
        const bytes = await channel.receive(kind.inputs, Math.ceil(bits / 8));
        known.set(channel.peer, bitsOfBytes(bytes).subarray(0, bits));
      }
      const taken = new Map([...known.keys()].map((party) => [party, 0]));
      const all = circuit.inputs.map(({ party, bits }) => {
        const from = taken.get(party)!;
        taken.set(party, from + bits);
        return known.get(party)!.subarray(from, from + bits);
      });
      const outputs = evaluate(circuit, all);
      return outputs.map((bits, index) => (circuit.outputs[index]!.to.includes(me) ? bits : undefined));
    },
  };
};

export const clearLevels: Levels = new Map([
  ['semi-honest', { protocol: clearProtocol, partiesMin: 2, partiesMax: 16 }],
  ['malicious', { protocol: clearProtocol, partiesMin: 2, partiesMax: 2 }],
]);

/** A hash of everything that makes a circuit. */
export function commitClear(circuit: Circuit): Uint8Array {
  const { inputs, outputs, kinds, left, right } = circuit;
  const shape = JSON.stringify({
    inputs,
    outputs: outputs.map((each) => ({ ...each, wires: [...each.wires] })),
  });
  const hash = createHash('sha256').update(shape).update(kinds).update(left).update(right);
  return Buffer.concat([Buffer.of(1), hash.digest()]);
}

function countOf(circuit: Circuit, party: string): number {
  return circuit.inputs.reduce((sum, each) => sum + (each.party === party ? each.bits : 0), 0);
}

function ownBits(circuit: Circuit, me: string, inputs: readonly (Uint8Array | undefined)[]): Uint8Array {
  const own = inputs.filter((_, index) => circuit.inputs[index]!.party === me) as Uint8Array[];
  const bits = new Uint8Array(countOf(circuit, me));
  let at = 0;
  for (const each of own) {
    bits.set(each, at);
    at += each.length;
  }
  return bits;
}

function bytesOf(bits: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bits.length / 8) * 8);
  padded.set(bits);
  return bytesOfBits(padded);
}

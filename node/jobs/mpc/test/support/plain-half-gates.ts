/**
 * Half-gates gate by gate, on big integers, as the paper's figure 1 has them (Zahur, Rosulek, Evans 2015): what the kernel is compared
 * with. A block is the integer whose lowest byte comes first.
 */
import { createCipheriv } from 'node:crypto';
import { type Circuit, gateKind } from '../../circuit/circuit.ts';

export const toBlock = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

export function fromBlock(block: bigint): Buffer {
  return Buffer.from(Array.from({ length: 16 }, (_, i) => Number((block >> BigInt(8 * i)) & 0xffn)));
}

export function toBlocks(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 16 }, (_, i) => toBlock(bytes.subarray(16 * i, 16 * i + 16)));
}

/** pi(pi(x) ^ i) ^ pi(x) */
export function plainHash(key: Uint8Array, x: bigint, tweak: bigint): bigint {
  const permute = (block: bigint) => {
    const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    return toBlock(Buffer.concat([cipher.update(fromBlock(block)), cipher.final()]));
  };
  const once = permute(x);
  return permute(once ^ tweak) ^ once;
}

export function plainGarble(
  circuit: Circuit,
  delta: bigint,
  inputLabels: readonly bigint[],
  key: Uint8Array,
) {
  const zeros = [...inputLabels];
  const tables: Buffer[] = [];
  const byGate = (gate: number) => [zeros[circuit.left[gate]!]!, zeros[circuit.right[gate]!]!] as const;
  for (let gate = 0; gate < circuit.kinds.length; gate++) {
    const [a, b] = byGate(gate);
    if (circuit.kinds[gate] === gateKind.xor) zeros.push(a ^ b);
    else if (circuit.kinds[gate] === gateKind.not) zeros.push(a ^ delta);
    else {
      const [first, second] = [BigInt(2 * gate), BigInt(2 * gate + 1)];
      const hash = (x: bigint, tweak: bigint) => plainHash(key, x, tweak);
      const tableG = hash(a, first) ^ hash(a ^ delta, first) ^ ((b & 1n) === 1n ? delta : 0n);
      const tableE = hash(b, second) ^ hash(b ^ delta, second) ^ a;
      const left = hash(a, first) ^ ((a & 1n) === 1n ? tableG : 0n);
      const right = hash(b, second) ^ ((b & 1n) === 1n ? tableE ^ a : 0n);
      zeros.push(left ^ right);
      tables.push(fromBlock(tableG), fromBlock(tableE));
    }
  }
  return { zeros, tables: Buffer.concat(tables) };
}

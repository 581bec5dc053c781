/**
 * A deterministic committer for tests: a commitment is the sum over the slots of SHA-512(slot ‖ value), modulo 2^512, so that
 * an update needs only what changed, as with the real one. Openings are checked against what was committed to in this process:
 * a value that a commitment does not hold is never accepted.
 */
import { createHash } from 'node:crypto';
import type {
  BranchCommitment,
  BranchCommitter,
  BranchUpdate,
  BranchValues,
  Opening,
  ProverOpening,
  SlotChange,
} from '../committer.ts';

const zeros = Buffer.alloc(64);
const modulus = 1n << 512n;

const hash = (...parts: readonly Uint8Array[]): Buffer => {
  const sha = createHash('sha512');
  for (const part of parts) sha.update(part);
  return sha.digest();
};

const slotTerm = (index: number, value: Uint8Array | undefined): bigint =>
  value === undefined ? 0n : BigInt(`0x${hash(Buffer.of(index), value).toString('hex')}`);

const bytesOf = (sum: bigint): Buffer => Buffer.from(sum.toString(16).padStart(128, '0'), 'hex');
const sumOf = (raw: Uint8Array): bigint => BigInt(`0x${Buffer.from(raw).toString('hex')}`);

/** 74 bytes. */
function encoded(raw: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(2), raw, hash(Buffer.from('commitment'), raw).subarray(0, 9)]);
}

function proofOf(openings: readonly Opening[]): Buffer {
  const parts = openings.flatMap(({ commitment, index, value }) => [commitment, Buffer.of(index), value]);
  return Buffer.concat([1, 2, 3].map((round) => hash(Buffer.of(round), ...parts))).subarray(0, 148);
}

export class TestCommitter implements BranchCommitter {
  readonly name: string;
  readonly rawBytes = 64;
  readonly #known = new Map<string, BranchValues>();
  commits = 0;
  updates = 0;
  /** Branches of each call, in order. */
  readonly batches: number[] = [];

  constructor(name = 'test') {
    this.name = name;
  }

  async commit(values: BranchValues): Promise<BranchCommitment> {
    this.commits += 1;
    const sum = values.reduce((total, value, index) => total + slotTerm(index, value), 0n);
    return this.#commitment(sum % modulus);
  }

  async update(before: Uint8Array, changes: readonly SlotChange[]): Promise<BranchCommitment> {
    this.updates += 1;
    const sum = changes.reduce(
      (total, { index, before: old, after }) => total - slotTerm(index, old) + slotTerm(index, after),
      sumOf(before),
    );
    return this.#commitment(((sum % modulus) + modulus) % modulus);
  }

  async commitMany(branches: readonly BranchValues[]): Promise<BranchCommitment[]> {
    this.batches.push(branches.length);
    return Promise.all(branches.map((values) => this.commit(values)));
  }

  async updateMany(branches: readonly BranchUpdate[]): Promise<BranchCommitment[]> {
    this.batches.push(branches.length);
    return Promise.all(branches.map(({ before, changes }) => this.update(before, changes)));
  }

  async prove(openings: readonly ProverOpening[]): Promise<Uint8Array> {
    return proofOf(
      openings.map(({ values, commitment, index }) => {
        const raw = bytesOf(values.reduce((sum, value, slot) => sum + slotTerm(slot, value), 0n) % modulus);
        if (!encoded(raw).equals(commitment)) throw new Error('values that are not those of the commitment');
        this.#known.set(Buffer.from(commitment).toString('hex'), [...values]);
        return { commitment, index, value: values[index] ?? zeros };
      }),
    );
  }

  verifyOpenings = (openings: readonly Opening[], proof: Uint8Array): boolean => {
    const holds = openings.every(({ commitment, index, value }) => {
      const values = this.#known.get(Buffer.from(commitment).toString('hex'));
      return values !== undefined && Buffer.from(values[index] ?? zeros).equals(value);
    });
    return openings.length > 0 && holds && proofOf(openings).equals(proof);
  };

  #commitment(sum: bigint): BranchCommitment {
    const raw = bytesOf(sum);
    return { raw, encoded: encoded(raw) };
  }
}

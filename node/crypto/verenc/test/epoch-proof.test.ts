import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeDomainPayload } from '../../disclosure/index.ts';
import {
  commitAddressSecret,
  createEpochKey,
  createKeystore,
  type NewEpochKey,
  recoverEpochKey,
} from '../../index.ts';
import { countingRandom } from '../../test/counting-random.ts';
import {
  encodeEpochProof,
  epochProofSlot,
  epochStatements,
  proveEncryption,
  recoverEncrypted,
  verifyEpochProof,
} from '../index.ts';
import { createEpochProver, type EpochProver } from '../prover/index.ts';
import { hex } from './fixture.ts';

const domain = Buffer.alloc(32, 0x01);
const secrets = createKeystore(Buffer.alloc(32, 0x77)).domain(domain);
const random = countingRandom('epoch-proof');
const epochs = [1, 2].map((epoch) => createEpochKey(domain, epoch, secrets.readKey, random)) as [
  NewEpochKey,
  NewEpochKey,
];
const config = {
  readKey: Buffer.concat([Buffer.of(0x20), secrets.readKey]),
  payload: encodeDomainPayload({
    epochs: epochs.map(({ ciphertext }) => ciphertext),
    addressCommitment: commitAddressSecret(secrets.addressSecret),
  }),
};
const jobOf = ({ content }: NewEpochKey) => ({
  secret: content.secret.export(),
  domain,
  epoch: content.epoch,
  readKey: secrets.readKey,
  random: Buffer.alloc(32, 7),
});

let prover: EpochProver;
let proofs: Uint8Array[];
beforeAll(async () => {
  prover = createEpochProver();
  proofs = [];
  for (const epoch of epochs) proofs.push(await prover.prove(jobOf(epoch)));
});
afterAll(() => prover.rest());

const verdict = (epoch: number, vertex: Uint8Array | undefined, of = config, at: Uint8Array = domain) => {
  const checked = verifyEpochProof(at, epoch, of, vertex);
  return checked.ok ? 'accepted' : checked.reason;
};

describe('the proof in the vertex of a domain', () => {
  it('is for the read key and the epoch keys of the configuration', () => {
    expect(verdict(1, encodeEpochProof(proofs[0]!))).toBe('accepted');
    expect(verdict(2, encodeEpochProof(proofs[1]!))).toBe('accepted');
    expect(verdict(2, encodeEpochProof(proofs[0]!))).toContain('another epoch');
    expect(verdict(3, encodeEpochProof(proofs[0]!))).toContain('no such epoch');
    expect(verdict(1, undefined)).toContain('not yet proved');
    expect(verdict(1, proofs[0])).toContain('no proof');
    expect(verdict(1, new Uint8Array(0))).toContain('no proof');
    expect(verdict(1, encodeEpochProof(proofs[0]!), config, Buffer.alloc(32, 2))).toContain('challenge');
  });

  it('gives the epoch key back without the ciphertext of the configuration', () => {
    for (const [index, { content, ciphertext }] of epochs.entries()) {
      const recovered = recoverEncrypted(secrets.readSecret, domain, proofs[index]!);
      expect(hex(recovered.secret)).toBe(hex(content.secret.export()));
      expect(recovered.epoch).toBe(content.epoch);
      const other = recoverEpochKey(secrets.readSecret, domain, ciphertext);
      expect(hex(recovered.secret)).toBe(hex(other.secret.export()));
    }
  });

  it('keeps its slot and mark for ever', () => {
    expect(hex(epochProofSlot(domain, 1))).toMatchSnapshot();
    expect(hex(epochProofSlot(domain, 2 ** 32 - 1))).toMatchSnapshot();
    expect(encodeEpochProof(proofs[0]!)[0]).toBe(0x40);
    expect(encodeEpochProof(proofs[0]!).length).toBe(10_854);
  });

  it('is refused for configurations of another format', () => {
    const vertex = encodeEpochProof(proofs[0]!);
    const { readKey, payload } = config;
    for (const bad of [
      { readKey, payload: payload.subarray(1) },
      { readKey, payload: new Uint8Array(0) },
      { readKey: readKey.subarray(1), payload },
      { readKey: Buffer.concat([Buffer.of(0x10), readKey.subarray(1)]), payload },
    ]) {
      expect(epochStatements(domain, bad)).toBeUndefined();
      expect(verdict(1, vertex, bad)).toContain('no such epoch');
    }
    const garbled = Uint8Array.from(payload);
    garbled[3] = 9;
    expect(verdict(1, vertex, { readKey, payload: garbled })).toContain('no such epoch');
  });
});

describe('the thread of the prover', () => {
  it('makes what the prover makes', () => {
    expect(hex(proofs[0]!)).toBe(
      hex(proveEncryption(jobOf(epochs[0]).secret, jobOf(epochs[0]), Buffer.alloc(32, 7))),
    );
  });

  it('tells why it could not, takes one job at a time, and leaves the caller its key', async () => {
    const own = createEpochProver();
    try {
      await expect(own.prove({ ...jobOf(epochs[0]), epoch: -1 })).rejects.toThrow('could not be proved');
      const job = jobOf(epochs[0]);
      const before = hex(job.secret);
      const first = own.prove(job);
      await expect(own.prove(job)).rejects.toThrow('one job at a time');
      expect(hex(await first)).toBe(hex(proofs[0]!));
      expect(hex(job.secret)).toBe(before);
    } finally {
      await own.rest();
    }
  });

  it('fails the job under way when it is ended, and starts again for the next', async () => {
    const own = createEpochProver();
    const cut = expect(own.prove(jobOf(epochs[0]))).rejects.toThrow('ended');
    await own.rest();
    await cut;
    await own.rest();
    expect(hex(await own.prove(jobOf(epochs[0])))).toBe(hex(proofs[0]!));
    await own.rest();
  });
});

import { describe, expect, it } from 'vitest';
import { DecryptionError } from '../../errors.ts';
import { groupOrder } from '../../ristretto-portable.ts';
import { type Parameters, parametersV1, recoverEncrypted, verifyEncryption } from '../index.ts';
import { openedParties } from '../transcript.ts';
import { cheat, type Lies } from './cheating-prover.ts';
import { fixture, hex } from './fixture.ts';
import { verifyPlainly } from './plain-verifier.ts';

const { statement, key, secret, readSecret } = fixture('victim');
const other = fixture('other');
const four: Parameters = { parties: 4, opened: 2 };
const six: Parameters = { parties: 6, opened: 3 };

const isAccepted = (proof: Uint8Array, parameters: Parameters) =>
  verifyEncryption(statement, proof, parameters).ok;
/** By both verifiers. */
const isAcceptedTwice = (proof: Uint8Array, parameters: Parameters) => {
  const ok = isAccepted(proof, parameters);
  expect(verifyPlainly(statement, proof, parameters)).toBe(ok);
  return ok;
};
const recovers = (proof: Uint8Array, parameters: Parameters) => {
  try {
    return hex(recoverEncrypted(readSecret, statement.domain, proof, parameters).secret) === hex(secret);
  } catch (error) {
    if (error instanceof DecryptionError && error.code === 'commitment') return false;
    throw error;
  }
};

interface Counts {
  accepted: number;
  unrecoverable: number;
}

/** Attempts with fresh randomness each. */
function count(
  attempts: number,
  parameters: Parameters,
  lies: Omit<Lies, 'statement' | 'parameters' | 'seed' | 'key'>,
): Counts {
  const counts = { accepted: 0, unrecoverable: 0 };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { proof } = cheat({ statement, parameters, seed: `attempt ${attempt}`, key, ...lies });
    if (!isAccepted(proof, parameters)) continue;
    counts.accepted += 1;
    if (!recovers(proof, parameters)) counts.unrecoverable += 1;
  }
  return counts;
}

/** Five standard deviations of a binomial distribution around its mean. */
function expectNear(found: number, attempts: number, probability: number): void {
  const deviation = Math.sqrt(attempts * probability * (1 - probability));
  expect(found).toBeGreaterThan(attempts * probability - 5 * deviation);
  expect(found).toBeLessThan(attempts * probability + 5 * deviation);
}

describe('a prover that does not follow the protocol', () => {
  it('is accepted when it does follow it: the simulation proves nothing otherwise', () => {
    for (const parameters of [four, six, parametersV1]) {
      const { proof } = cheat({ statement, parameters, seed: 'honest', key });
      expect(isAcceptedTwice(proof, parameters)).toBe(true);
      expect(recovers(proof, parameters)).toBe(true);
    }
  });

  it('cannot share another key than that of the statement: A_0 is the statement', () => {
    for (const parameters of [four, six, parametersV1])
      for (const wrong of [other.key, (key + 1n) % groupOrder]) {
        const { proof } = cheat({ statement, parameters, seed: 'wrong key', key: wrong });
        const checked = verifyEncryption(statement, proof, parameters);
        expect(checked).toEqual({ ok: false, reason: 'an opened share is not on the committed polynomial' });
        expect(verifyPlainly(statement, proof, parameters)).toBe(false);
      }
  });

  it('cannot encrypt to another read key', () => {
    const { proof } = cheat({
      statement,
      parameters: parametersV1,
      seed: 'other reader',
      key,
      recipientOf: () => other.statement.readKey,
    });
    expect(isAcceptedTwice(proof, parametersV1)).toBe(false);
  });

  it('cannot put a proof for its own key beside this statement', () => {
    const { proof } = cheat({ statement: other.statement, parameters: six, seed: 'own', key: other.key });
    expect(verifyEncryption(other.statement, proof, six).ok).toBe(true);
    const renamed = Uint8Array.from(proof);
    renamed.set(statement.commitment, 5);
    expect(isAcceptedTwice(renamed, six)).toBe(false);
  });

  it('is caught with a wrong share when that party is opened, and else does not prevent recovery', () => {
    const seen = new Set<boolean>();
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const { proof, opened } = cheat({
        statement,
        parameters: six,
        seed: `one ${attempt}`,
        key,
        shareError: (index) => (index === 2 ? 1n : 0n),
      });
      const isOpened = opened.includes(2);
      seen.add(isOpened);
      expect(isAcceptedTwice(proof, six)).toBe(!isOpened);
      if (!isOpened) expect(recovers(proof, six)).toBe(true);
    }
    expect(seen.size).toBe(2);
  });

  it('is caught with two wrong shares whose errors cancel', () => {
    const lies = { shareError: (index: number) => (index === 1 ? 5n : index === 2 ? groupOrder - 5n : 0n) };
    let both = 0;
    for (let attempt = 0; attempt < 60; attempt += 1) {
      const { proof, opened } = cheat({ statement, parameters: six, seed: `two ${attempt}`, key, ...lies });
      if (!opened.includes(1) && !opened.includes(2)) continue;
      if (opened.includes(1) && opened.includes(2)) both += 1;
      expect(isAccepted(proof, six)).toBe(false);
    }
    expect(both).toBeGreaterThan(0);
  });

  it('is accepted as often as the formula says when the parameters are tiny, and only then recovery fails', () => {
    // The best strategy: honest with exactly the parties that are guessed to be opened. 1 / C(4, 2) and 1 / C(6, 3).
    const guess = (...parties: number[]) => ({
      shareError: (index: number) => (parties.includes(index) ? 0n : 1n),
    });
    const inFour = count(200, four, guess(1, 3));
    expectNear(inFour.accepted, 200, 1 / 6);
    expect(inFour.unrecoverable).toBe(inFour.accepted);
    const inSix = count(200, six, guess(2, 3, 5));
    expectNear(inSix.accepted, 200, 1 / 20);
    expect(inSix.unrecoverable).toBe(inSix.accepted);
  });

  it('gains nothing by lying less or more than that', () => {
    // One party more is honest: accepted more often, C(3, 2) / C(4, 2), and always recovered from.
    const less = count(120, four, { shareError: (index) => (index === 4 ? 1n : 0n) });
    expectNear(less.accepted, 120, 1 / 2);
    expect(less.unrecoverable).toBe(0);
    // One party less is honest than are opened: never accepted.
    const more = count(60, four, { shareError: (index) => (index === 1 ? 0n : 1n) });
    expect(more.accepted).toBe(0);
  });

  it('is never accepted with the parameters of version 1', () => {
    const attempts = process.env.HYPERGATE_SOAK === '1' ? 1000 : 8;
    const { accepted } = count(attempts, parametersV1, { shareError: (index) => (index <= 64 ? 0n : 1n) });
    expect(accepted).toBe(0);
  });
});

describe('the parties that a challenge opens', () => {
  const challenge = (seed: number) =>
    Uint8Array.from({ length: 64 }, (_, at) => (seed >> (8 * (at % 4))) & 255);

  it('are as many as asked for, distinct and rising', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const opened = openedParties(challenge(seed), parametersV1);
      expect(opened.length).toBe(64);
      expect(new Set(opened).size).toBe(64);
      expect([...opened].sort((left, right) => left - right)).toEqual(opened);
      expect(opened[0]).toBeGreaterThanOrEqual(1);
      expect(opened[63]).toBeLessThanOrEqual(136);
    }
  });

  it('are every subset equally often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed += 1) {
      const subset = openedParties(challenge(seed), four).join();
      counts.set(subset, (counts.get(subset) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const found of counts.values()) expectNear(found, 6000, 1 / 6);
  });

  it('depend on every byte of the challenge', () => {
    const base = openedParties(challenge(1), parametersV1).join();
    for (let at = 0; at < 64; at += 1) {
      const changed = challenge(1);
      changed[at]! ^= 1;
      expect(openedParties(changed, parametersV1).join()).not.toBe(base);
    }
  });
});

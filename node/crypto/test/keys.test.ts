import { describe, expect, it } from 'vitest';
import {
  baseMultiply,
  commitAddressSecret,
  createEpochKey,
  createKeystore,
  createPooledRandom,
  DecryptionError,
  deriveAddressKey,
  encodeElement,
  hashToElement,
  recoverEpochKey,
} from '../index.ts';
import { countingRandom } from './counting-random.ts';

const keystore = createKeystore(Buffer.alloc(32, 0x77));
const address = Buffer.alloc(32, 0x01);
const secrets = keystore.domain(address);

describe('the keystore', () => {
  it('derives the same keys for ever', () => {
    const { ownerSeed, readSecret, readKey, addressSecret } = secrets;
    expect({
      node: keystore.nodeSeed().toString('hex'),
      writer: keystore.writerSeed().toString('hex'),
      index: keystore.indexKey().export().toString('hex'),
      owner: ownerSeed.toString('hex'),
      read: readSecret.toString(16),
      readKey: readKey.toString('hex'),
      address: addressSecret.toString(16),
    }).toMatchSnapshot();
  });

  it('derives different keys for every purpose, domain and master secret', () => {
    const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
    const seen = new Set<string>();
    let count = 0;
    for (const fill of [1, 2]) {
      const store = createKeystore(Buffer.alloc(32, fill));
      for (const seed of [store.nodeSeed(), store.writerSeed(), store.indexKey().export()]) {
        seen.add(hex(seed));
        count += 1;
      }
      for (const domain of [Buffer.alloc(32, 3), Buffer.alloc(32, 4)]) {
        const { ownerSeed, readSecret, addressSecret } = store.domain(domain);
        for (const value of [hex(ownerSeed), readSecret.toString(16), addressSecret.toString(16)]) {
          seen.add(value);
          count += 1;
        }
      }
    }
    expect(seen.size).toBe(count);
  });
});

describe('an epoch key', () => {
  const made = createEpochKey(address, 3, secrets.readKey, countingRandom('epoch'));

  it('is recovered by the holder of the read secret', () => {
    const recovered = recoverEpochKey(secrets.readSecret, address, made.ciphertext);
    expect(recovered.epoch).toBe(3);
    expect(recovered.secret.equals(made.content.secret)).toBe(true);
  });

  it('keeps its golden bytes', () => {
    expect(made.ciphertext.toString('hex')).toMatchSnapshot();
    expect(made.content.secret.export().toString('hex')).toMatchSnapshot();
  });

  it('is refused after any byte of its ciphertext changed', () => {
    for (let at = 0; at < made.ciphertext.length; at += 1) {
      const changed = Buffer.from(made.ciphertext);
      changed[at]! ^= 0x10;
      expect(() => recoverEpochKey(secrets.readSecret, address, changed), `byte ${at}`).toThrow(
        DecryptionError,
      );
    }
  });

  it('is refused for another domain, another read secret and a wrong length', () => {
    const { ciphertext } = made;
    const other = keystore.domain(Buffer.alloc(32, 2));
    expect(() => recoverEpochKey(secrets.readSecret, Buffer.alloc(32, 2), ciphertext)).toThrow(
      DecryptionError,
    );
    expect(() => recoverEpochKey(other.readSecret, address, ciphertext)).toThrow(DecryptionError);
    expect(() => recoverEpochKey(secrets.readSecret, address, ciphertext.subarray(1))).toThrow(
      DecryptionError,
    );
  });

  it('is random', () => {
    const random = createPooledRandom();
    const one = createEpochKey(address, 0, secrets.readKey, random);
    const two = createEpochKey(address, 0, secrets.readKey, random);
    expect(one.content.secret.equals(two.content.secret)).toBe(false);
  });
});

describe('address keys', () => {
  it('keep their golden bytes', () => {
    const key = deriveAddressKey(secrets.addressSecret, address, 's3.objects');
    expect(key.export().toString('hex')).toMatchSnapshot();
    expect(commitAddressSecret(secrets.addressSecret).toString('hex')).toMatchSnapshot();
  });

  it('differ by table, domain and secret', () => {
    const other = Buffer.alloc(32, 2);
    const keys = [
      deriveAddressKey(secrets.addressSecret, address, 's3.objects'),
      deriveAddressKey(secrets.addressSecret, address, 's3.uploads'),
      deriveAddressKey(secrets.addressSecret, other, 's3.objects'),
      deriveAddressKey(keystore.domain(other).addressSecret, address, 's3.objects'),
    ].map((key) => key.export().toString('hex'));
    expect(new Set(keys).size).toBe(4);
  });

  it('are fixed by the commitment: the discrete logarithm of the table element is that of the commitment', () => {
    const tag = 'hypergate/address/v1 ristretto255_XMD:SHA-512_R255MAP_RO_';
    const element = hashToElement(Buffer.from('s3.objects'), tag);
    const sum = element.add(baseMultiply(1n)).multiply(secrets.addressSecret);
    const parts = element.multiply(secrets.addressSecret).add(baseMultiply(secrets.addressSecret));
    expect(sum.equals(parts)).toBe(true);
    expect(encodeElement(baseMultiply(secrets.addressSecret))).toEqual(
      commitAddressSecret(secrets.addressSecret),
    );
  });
});

/** Keys in one place, and what they do: by OpenSSL and the curves' library, as an oracle for what custodians do with shares. */
import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  randomBytes,
} from 'node:crypto';
import { type Bytes, CustodyError, type KeyScheme, type KeyTask } from '@hypergate/node/api';
import { ed25519, ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';

export interface PlainKey {
  readonly scheme: KeyScheme;
  readonly publicKey: Bytes;
  /** @throws CustodyError for a task that is none of the key's */
  perform(task: KeyTask): Bytes;
}

const none = new Uint8Array(0);
const curves = { p256, p384, p521, secp256k1 } as const;

const wrongTask = (): Error => new CustodyError('invalid', 'the task is none of the key');

/** @param material in the scheme's encoding; fresh unless given */
export function plainKey(scheme: KeyScheme, material?: Bytes): PlainKey {
  const [family, detail = ''] = /^([a-z]+)-(.*)$/.exec(scheme)!.slice(1);
  switch (family) {
    case 'dprf':
      return functionKey(scheme, material);
    case 'frost':
      return edwardsKey(scheme, material);
    case 'ecdsa':
    case 'ecdh':
      return curveKey(scheme, curves[detail as keyof typeof curves], material);
    case 'rsa':
      return rsaKey(scheme, Number(detail), material);
    default:
      return macKey(scheme, detail.replaceAll('-', ''), material);
  }
}

function functionKey(scheme: KeyScheme, material: Bytes | undefined): PlainKey {
  const { Fn } = ristretto255.Point;
  const scalar =
    material === undefined
      ? Fn.create(BigInt(`0x${randomBytes(31).toString('hex')}`))
      : Fn.fromBytes(material);
  return {
    scheme,
    publicKey: none,
    perform(task) {
      if (task.kind !== 'evaluate') throw wrongTask();
      return ristretto255_hasher.hashToCurve(task.input).multiply(scalar).toBytes();
    },
  };
}

const prehashedPrefix = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions'), Uint8Array.of(1, 0)]);

/** RFC 8032, 5.1.6, with a nonce at random: of an imported key custodians have the scalar alone. */
function edwardsKey(scheme: KeyScheme, material: Bytes | undefined): PlainKey {
  const { Fn, BASE } = ed25519.Point;
  const random = () => Fn.create(BigInt(`0x${randomBytes(40).toString('hex')}`));
  const scalar = material === undefined ? random() : Fn.fromBytes(material);
  const publicKey = BASE.multiply(scalar).toBytes();
  return {
    scheme,
    publicKey,
    perform(task) {
      if (task.kind !== 'sign') throw wrongTask();
      const nonce = random();
      const commitment = BASE.multiply(nonce).toBytes();
      const hash = createHash('sha512').update(task.prehashed === true ? prehashedPrefix : none);
      const digest = hash.update(commitment).update(publicKey).update(task.message).digest();
      const challenge = Fn.create(BigInt(`0x${digest.reverse().toString('hex')}`));
      const response = Fn.toBytes(Fn.add(nonce, Fn.mul(challenge, scalar)));
      return new Uint8Array(Buffer.concat([commitment, response]));
    },
  };
}

function curveKey(
  scheme: KeyScheme,
  curve: (typeof curves)[keyof typeof curves],
  material: Bytes | undefined,
): PlainKey {
  const secret = material === undefined ? curve.utils.randomSecretKey() : new Uint8Array(material);
  return {
    scheme,
    publicKey: curve.getPublicKey(secret),
    perform(task) {
      if (task.kind === 'sign' && scheme.startsWith('ecdsa-'))
        return curve.sign(task.message, secret, { prehash: false, lowS: false });
      if (task.kind !== 'agree' || !scheme.startsWith('ecdh-')) throw wrongTask();
      return curve.getSharedSecret(secret, task.point, true).slice(1);
    },
  };
}

function rsaKey(scheme: KeyScheme, bits: number, material: Bytes | undefined): PlainKey {
  const key: KeyObject =
    material === undefined
      ? generateKeyPairSync('rsa', { modulusLength: bits }).privateKey
      : createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' });
  return {
    scheme,
    publicKey: new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' })),
    perform(task) {
      if (task.kind !== 'power') throw wrongTask();
      return new Uint8Array(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, task.value));
    },
  };
}

function macKey(scheme: KeyScheme, hash: string, material: Bytes | undefined): PlainKey {
  const secret = material === undefined ? randomBytes(Number(hash.slice(3)) / 8) : Buffer.from(material);
  return {
    scheme,
    publicKey: none,
    perform(task) {
      if (task.kind !== 'mac') throw wrongTask();
      return new Uint8Array(createHmac(hash, secret).update(task.message).digest());
    },
  };
}

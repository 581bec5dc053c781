/**
 * Custody with whole keys in memory and no custodians, for tests of what goes before and after it. Every task is first judged as a
 * custodian would: the evidence is opened and put before a real authority, with signatures checked.
 */
import {
  constants,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  privateDecrypt,
  randomBytes,
} from 'node:crypto';
import {
  type AuditedCall,
  type Authority,
  type Bytes,
  type CallEvidence,
  CustodyError,
  type CustodyPort,
  type CustodyStatus,
  type KeyScheme,
  type KeyTask,
} from '@hypergate/node/api';
import { openDisclosedRecord, Purpose } from '@hypergate/node/crypto/disclosure';
import { decodeBatchBody } from '@hypergate/node/hypergraph';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';

interface WholeKey {
  readonly scheme: KeyScheme;
  readonly secret: Buffer;
}

const ecdsaCurves = { secp256k1, p256, p384, p521 } as const;
const ecdhCurves = { p256: 'prime256v1', p384: 'secp384r1', p521: 'secp521r1' } as const;
type CurveName = keyof typeof ecdsaCurves;

export class WholeKeyCustody implements CustodyPort {
  readonly keys = new Map<string, WholeKey>();
  /** Every task that was performed, oldest first. */
  readonly tasks: KeyTask[] = [];
  /** What imports brought, as it was at the moment of sharing; and the buffers themselves. */
  readonly materials: { readonly seen: Buffer; readonly buffer: Bytes }[] = [];
  /** Instead of the right output. */
  answer: ((task: KeyTask) => Bytes | undefined) | undefined;
  readonly #authority: Authority;

  constructor(authority: Authority) {
    this.#authority = authority;
  }

  async perform(
    task: KeyTask,
    evidence: CallEvidence,
    { material }: { readonly material?: Bytes } = {},
  ): Promise<{ readonly output: Bytes }> {
    await this.#authority.authorise(opened(evidence), task);
    this.tasks.push(task);
    const output = this.answer?.(task) ?? this.#output(task, material);
    return { output: new Uint8Array(output) };
  }

  async inform(evidence: CallEvidence): Promise<void> {
    await this.#authority.apply(opened(evidence));
  }

  async status(): Promise<CustodyStatus> {
    return { threshold: 0, epoch: 0, custodians: [{ index: 1, state: 'ready' }] };
  }

  #output(task: KeyTask, material: Bytes | undefined): Uint8Array {
    const name = Buffer.from(task.handle).toString('hex');
    if (task.kind === 'create') return this.#put(name, task.scheme, newSecret(task.scheme));
    if (task.kind === 'import') {
      if (material === undefined) throw new CustodyError('invalid', 'no material');
      this.materials.push({ seen: Buffer.from(material), buffer: material });
      const output = this.#put(name, task.scheme, Buffer.from(material));
      material.fill(0);
      return output;
    }
    const key = this.keys.get(name);
    if (key === undefined) throw new CustodyError('unknown-key', 'no such key');
    return used(key, task);
  }

  #put(name: string, scheme: KeyScheme, secret: Buffer): Uint8Array {
    this.keys.set(name, { scheme, secret });
    return publicKeyOf(scheme, secret);
  }
}

function opened({ record, call }: CallEvidence): AuditedCall {
  const { batch, certificate, transaction, operation, secret } = record;
  const vertex = decodeBatchBody(batch.body)[transaction]?.operations[operation];
  if (vertex?.kind !== 'add-vertex') throw new CustodyError('refused', 'no record stands there');
  const plaintext = openDisclosedRecord(secret, Purpose.record, vertex, vertex.payload);
  if (!plaintext.ok) throw new CustodyError('refused', plaintext.reason);
  const revision = certificate.position * 4096 + transaction;
  return { revision, domain: vertex.domain, slot: vertex.slot, record: plaintext.value, call };
}

const curveOf = (scheme: KeyScheme): CurveName => scheme.slice(scheme.indexOf('-') + 1) as CurveName;

function newSecret(scheme: KeyScheme): Buffer {
  if (scheme.startsWith('rsa-')) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: Number(scheme.slice(4)) });
    return privateKey.export({ format: 'der', type: 'pkcs8' });
  }
  if (scheme.startsWith('ec')) return Buffer.from(ecdsaCurves[curveOf(scheme)].utils.randomSecretKey());
  if (scheme === 'frost-ed25519') return littleEndian(ed25519.Point.Fn.create(bigint(randomBytes(48))));
  if (scheme.startsWith('hmac-')) return randomBytes(Number(scheme.slice(-3)) / 8);
  return randomBytes(32);
}

function publicKeyOf(scheme: KeyScheme, secret: Buffer): Uint8Array {
  if (scheme.startsWith('rsa-')) {
    const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
    return createPublicKey(key).export({ format: 'der', type: 'spki' });
  }
  if (scheme.startsWith('ec')) return ecdsaCurves[curveOf(scheme)].getPublicKey(secret, true);
  if (scheme === 'frost-ed25519') return ed25519.Point.BASE.multiply(scalarOf(secret)).toBytes();
  return new Uint8Array(0);
}

function used({ scheme, secret }: WholeKey, task: KeyTask): Uint8Array {
  switch (task.kind) {
    case 'evaluate':
      // Any function that nobody else can evaluate.
      return Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), task.input, 32));
    case 'sign':
      return scheme === 'frost-ed25519'
        ? edwardsSignature(secret, task.message, task.prehashed === true)
        : ecdsaCurves[curveOf(scheme)].sign(task.message, secret, { prehash: false, lowS: false });
    case 'power': {
      const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
      return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, task.value);
    }
    case 'agree': {
      const ecdh = createECDH(ecdhCurves[curveOf(scheme) as keyof typeof ecdhCurves]);
      ecdh.setPrivateKey(secret);
      return ecdh.computeSecret(task.point);
    }
    case 'mac':
      return createHmac(`sha${scheme.slice(-3)}`, secret)
        .update(task.message)
        .digest();
    default:
      throw new CustodyError('invalid', 'no use of a key');
  }
}

/** RFC 8032, 5.1.6, from the scalar, with a random nonce. */
function edwardsSignature(secret: Buffer, message: Uint8Array, prehashed: boolean): Uint8Array {
  const { BASE, Fn } = ed25519.Point;
  const scalar = scalarOf(secret);
  const nonce = Fn.create(bigint(randomBytes(48)));
  const r = BASE.multiply(nonce).toBytes();
  const hash = createHash('sha512');
  if (prehashed) hash.update('SigEd25519 no Ed25519 collisions').update(Uint8Array.of(1, 0));
  const k = hash.update(r).update(BASE.multiply(scalar).toBytes()).update(message).digest();
  const s = Fn.add(nonce, Fn.mul(Fn.create(bigint(k.reverse())), scalar));
  return Buffer.concat([r, littleEndian(s)]);
}

const bigint = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
const scalarOf = (secret: Buffer): bigint => bigint(Buffer.from(secret).reverse());
const littleEndian = (value: bigint): Buffer =>
  Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();

/**
 * Forms of whole keys to look for: of what custodians' shares make together, checked to be the key by what is known of it from outside,
 * and of what owners brought in.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bitFormsOf, type Form, formsOf } from '../../lib/secret-search.ts';
import { type KeptKey, macMessage } from './kept-keys.ts';
import { bytesOf, chainingOf, littleOf, publicPointOf, rsaOf, type Share, scalarOf } from './whole-keys.ts';

export interface WholeForm extends Form {
  /**
   * Of a number that was computed from what an owner brought in: it passed through integers and texts of the gateway's engine, which
   * nobody can overwrite.
   */
  readonly passed: boolean;
}

type OfKey = ReadonlyMap<number, Share>;

/** @throws Error when shares do not make the key that others know */
export function wholeForms(shares: OfKey, keys: readonly KeptKey[]): WholeForm[] {
  const { scheme } = shares.get(1)!;
  const same = keys.filter(({ schemes }) => schemes.includes(scheme));
  if (scheme.startsWith('hmac-')) return macForms(scheme, shares, same);
  return scheme.startsWith('rsa-') ? rsaForms(scheme, shares, same) : scalarForms(scheme, shares, same);
}

export function broughtForms(keys: readonly KeptKey[]): WholeForm[] {
  return keys.flatMap(({ brought = new Map<string, Buffer>(), publicKey }) =>
    [...brought].flatMap(([name, secret]) =>
      publicKey === undefined
        ? every([...formsOf(name, secret), ...bitFormsOf(name, secret)], false)
        : every(formsOf(name, secret), true),
    ),
  );
}

const every = (forms: readonly Form[], passed: boolean): WholeForm[] =>
  forms.map((form) => ({ ...form, passed }));

const require = (isRight: boolean, what: string): void => {
  if (!isRight) throw new Error(what);
};

function scalarForms(scheme: string, shares: OfKey, keys: readonly KeptKey[]): WholeForm[] {
  const scalar = scalarOf(shares, [1, 2]);
  require(scalarOf(shares, [3, 4]) === scalar, `${scheme}: shares of two lines`);
  const point = publicPointOf(scheme, scalar);
  const isOf = ({ publicKey, brought }: KeptKey): boolean => {
    if (publicKey === undefined)
      return [...(brought?.values() ?? [])].some((own) => functionOf(own) === scalar);
    return publicKey.export({ format: 'der', type: 'spki' }).subarray(-point!.length).equals(point!);
  };
  const key = keys.find(isOf);
  require(key !== undefined || point === undefined, `${scheme}: nobody's key`);
  return every(formsOf(scheme, bytesOf(scalar)), key?.brought !== undefined);
}

/** The pseudo-random function that a symmetric key becomes which its owner brought in (services/kms/ops/scheme-material.ts). */
function functionOf(own: Buffer): bigint {
  const hash = createHash('sha512').update('hypergate/kms/imported-function/v1').update(own).digest();
  return littleOf(hash) % (2n ** 252n + 27742317777372353535851937790883648493n);
}

function rsaForms(scheme: string, shares: OfKey, keys: readonly KeptKey[]): WholeForm[] {
  for (const { publicKey, brought } of keys) {
    const whole = wholeOf(shares, publicKey!);
    if (whole === undefined) continue;
    const { d, p, q } = whole;
    const numbers = {
      d: d % ((p - 1n) * (q - 1n)),
      'd mod p - 1': d % (p - 1n),
      'd mod q - 1': d % (q - 1n),
      p,
      q,
      'd as shared': d,
    };
    return Object.entries(numbers).flatMap(([name, value]) =>
      every(formsOf(`${scheme} ${name}`, bytesOf(value < 0n ? -value : value)), brought !== undefined),
    );
  }
  throw new Error(`${scheme}: nobody's key`);
}

function wholeOf(shares: OfKey, key: KeyObject) {
  const number = (text: string | undefined) => BigInt(`0x${Buffer.from(text!, 'base64url').toString('hex')}`);
  const { n, e } = key.export({ format: 'jwk' });
  const whole = rsaOf(shares, number(n), number(e));
  if (whole !== undefined)
    require(whole.p > 1n && whole.q > 1n && whole.p * whole.q === number(n), 'factors of another modulus');
  return whole;
}

function macForms(scheme: string, shares: OfKey, keys: readonly KeptKey[]): WholeForm[] {
  const wide = /384|512/.test(scheme);
  const states = chainingOf(shares, wide ? 64 : 32);
  const code = macFrom(scheme, states);
  require(keys.some(({ mac }) => mac!.equals(code)), `${scheme}: nobody's key`);
  const forms = states.flatMap((state, at) => {
    const name = `${scheme} ${at === 0 ? 'inner' : 'outer'} chaining value`;
    return [
      ...formsOf(name, state),
      ...bitFormsOf(name, state),
      ...formsOf(`${name}, words of 32 bits swapped`, Buffer.from(state).swap32()),
      ...(wide ? formsOf(`${name}, words of 64 bits swapped`, Buffer.from(state).swap64()) : []),
    ];
  });
  return every(forms, false);
}

const hashes: Readonly<Record<string, typeof sha256 | typeof sha512>> = {
  'hmac-sha-224': sha224,
  'hmac-sha-256': sha256,
  'hmac-sha-384': sha384,
  'hmac-sha-512': sha512,
};

/** HMAC from chaining values, by @noble/hashes: its state is put where it keeps it, word by word. */
function macFrom(scheme: string, [inner, outer]: readonly [Buffer, Buffer]): Buffer {
  const hashOf = hashes[scheme]!;
  const letters = [...'ABCDEFGH'];
  const words = hashOf.blockLen === 64 ? letters : letters.flatMap((letter) => [`${letter}h`, `${letter}l`]);
  const of = (state: Buffer, input: Uint8Array): Buffer => {
    const hash = hashOf.create().update(new Uint8Array(hashOf.blockLen));
    const target = hash as unknown as Record<string, number>;
    for (const [at, word] of words.entries()) target[word] = state.readInt32BE(4 * at);
    return Buffer.from(hash.update(input).digest());
  };
  return of(outer, of(inner, macMessage));
}

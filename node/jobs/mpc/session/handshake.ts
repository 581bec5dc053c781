/**
 * Authenticated key exchange: SIGMA-I (Krawczyk, "SIGMA: the 'SIGn-and-MAc' approach to authenticated Diffie-Hellman and its use
 * in the IKE protocols", CRYPTO 2003, section 5.2) with X25519, Ed25519, HMAC-SHA-256, HKDF-SHA-256 and AES-256-GCM.
 *
 *   A -> B  g^x
 *   B -> A  g^y, { B, SIG_B(g^x, g^y), MAC_Km(B) }_Ke
 *   A -> B  { A, SIG_A(g^y, g^x), MAC_Km(A) }_Ke
 *
 * In place of the pair (g^x, g^y) stands the hash of both hellos, which hold it along with versions, nonces and the session's tag,
 * and of the agreement, which holds the names and keys of all parties, the level and the circuits: signature and MAC cover it
 * under labels of their own for either side. Ke and Km are derived per direction, so that nothing which one side made can be given
 * back to it. Keys of the records come from g^xy and the hash of all three messages. The agreement itself is sent sealed with the
 * identity: whoever only listens does not see who meets, nor whether two sessions are about the same. The dialer shows who it is to
 * the expected listener alone.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import type { TaggedHash, TaggedKey } from '../../../api/index.ts';
import { open, sealInto, tagBytes } from '../../../crypto/aead.ts';
import { equalConstantTime } from '../../../crypto/compare.ts';
import { DecryptionError } from '../../../crypto/errors.ts';
import { hkdf, secretKey } from '../../../crypto/hkdf.ts';
import type { RandomSource } from '../channel.ts';
import { MpcAbort } from '../errors.ts';
import * as format from './format/handshake.ts';
import { type HashPurpose, hashBytes, hashOf, labelBytes } from './format/hashes.ts';
import { type Identity, sameKey, verifySignature } from './identity.ts';
import { type EphemeralKey, newEphemeral } from './x25519.ts';

/** This side of a channel: who it is and what it agreed to. */
export interface Claim {
  readonly identity: Identity;
  readonly agreement: TaggedHash;
}

/** What both sides have afterwards, and nobody else. */
export interface Handshaken {
  readonly isInitiator: boolean;
  readonly peerKey: TaggedKey;
  readonly sendSecret: Buffer;
  readonly receiveSecret: Buffer;
  /** 32 bytes, public: names this handshake. */
  readonly transcript: Buffer;
}

interface Keys {
  readonly sealing: Readonly<Record<Side, KeyObject>>;
  readonly mac: Readonly<Record<Side, KeyObject>>;
  readonly records: KeyObject;
}

type Side = 'initiator' | 'responder';

const signatureLabel: Readonly<Record<Side, HashPurpose>> = {
  initiator: 'signatureInitiator',
  responder: 'signatureResponder',
};
const macLabel: Readonly<Record<Side, HashPurpose>> = {
  initiator: 'macInitiator',
  responder: 'macResponder',
};

/** The side that dials. One object for one handshake. */
export class SigmaInitiator {
  readonly hello: Buffer;
  readonly #claim: Claim;
  readonly #peerName: string;
  readonly #peerKey: TaggedKey;
  readonly #ephemeral: EphemeralKey;

  /** @param peer who is expected to listen */
  constructor(
    claim: Claim,
    peer: { readonly name: string; readonly key: TaggedKey },
    sessionTag: Uint8Array,
    random: RandomSource,
  ) {
    this.#claim = claim;
    this.#peerName = peer.name;
    this.#peerKey = peer.key;
    this.#ephemeral = newEphemeral(random);
    const nonce = random(format.nonceBytes);
    this.hello = format.encodeHello({ sessionTag, nonce, ephemeral: this.#ephemeral.publicKey });
  }

  /**
   * @returns the last message, which is to be sent even when the two do not agree: so both learn that they do not
   * @throws MpcAbort when it is not the expected listener who answers
   */
  finish(reply: Buffer): { readonly message: Buffer; readonly agreed: boolean; readonly link: Handshaken } {
    const peer = this.#peerName;
    const decoded = format.decodeReply(reply);
    if (decoded === undefined) throw malformed(peer);
    const hellos = hashOf('hellos', this.hello, decoded.head);
    const keys = exchange(this.#ephemeral, decoded.fields.ephemeral, hellos, peer);
    const proof = openProof(decoded.sealed, keys, 'responder', hellos, peer);
    if (!sameKey(proof.identity, this.#peerKey)) {
      throw new MpcAbort('disagreement', peer, 'who listens has another identity than the description says');
    }
    checkProof(proof, keys, 'responder', hellos, peer);
    const message = format.encodeFinish(sealProof(this.#claim, keys, 'initiator', hellos));
    const transcript = hashOf('handshake', hellos, decoded.sealed, message);
    const agreed = equalConstantTime(proof.agreement, this.#claim.agreement);
    return { message, agreed, link: recordSecrets(keys, 'initiator', transcript, proof.identity) };
  }
}

/** The side that is dialled. One object for one handshake. */
export class SigmaResponder {
  readonly reply: Buffer;
  readonly #claim: Claim;
  readonly #hellos: Buffer;
  readonly #sealed: Buffer;
  readonly #keys: Keys;

  /** @throws MpcAbort for a key with which nothing can be agreed */
  constructor(claim: Claim, helloBytes: Buffer, hello: format.Hello, random: RandomSource) {
    this.#claim = claim;
    const ephemeral = newEphemeral(random);
    const nonce = random(format.nonceBytes);
    const head = format.encodeReplyHead({ nonce, ephemeral: ephemeral.publicKey });
    this.#hellos = hashOf('hellos', helloBytes, head);
    this.#keys = exchange(ephemeral, hello.ephemeral, this.#hellos, undefined);
    this.#sealed = sealProof(claim, this.#keys, 'responder', this.#hellos);
    this.reply = Buffer.concat([head, this.#sealed]);
  }

  /**
   * @param nameOf the party with a key; undefined for who is no party
   * @throws MpcAbort for a stranger, and `disagreement` for a party that agreed to something else
   */
  finish(
    message: Buffer,
    nameOf: (key: TaggedKey) => string | undefined,
  ): { readonly link: Handshaken; readonly peer: string } {
    const sealed = format.decodeFinish(message);
    if (sealed === undefined) throw malformed(undefined);
    const proof = openProof(sealed, this.#keys, 'initiator', this.#hellos, undefined);
    const peer = nameOf(proof.identity);
    if (peer === undefined) throw new MpcAbort('disagreement', undefined, 'who dials is no party here');
    checkProof(proof, this.#keys, 'initiator', this.#hellos, peer);
    if (!equalConstantTime(proof.agreement, this.#claim.agreement)) throw new OtherAgreement(peer);
    const transcript = hashOf('handshake', this.#hellos, this.#sealed, message);
    return { peer, link: recordSecrets(this.#keys, 'responder', transcript, proof.identity) };
  }
}

/** The party, which has shown that it is this one, agreed to another description. */
export class OtherAgreement extends MpcAbort {
  constructor(peer: string) {
    super('disagreement', peer, 'it agreed to another description of the session');
  }
}

function malformed(peer: string | undefined): MpcAbort {
  return new MpcAbort('malformed', peer, 'a message of the handshake has another form');
}

function exchange(
  ephemeral: EphemeralKey,
  peerEphemeral: Uint8Array,
  hellos: Uint8Array,
  peer: string | undefined,
): Keys {
  const shared = ephemeral.agree(peerEphemeral);
  if (shared === undefined) throw new MpcAbort('cheating', peer, 'a key of small order in the handshake');
  const secret = secretKey(shared);
  shared.fill(0);
  const derive = (label: string) => {
    const bytes = hkdf(secret, hellos, Buffer.from(`hypergate/mpc/sigma/${label}/v1`, 'ascii'), 32);
    const key = secretKey(bytes);
    bytes.fill(0);
    return key;
  };
  return {
    sealing: { initiator: derive('seal-initiator'), responder: derive('seal-responder') },
    mac: { initiator: derive('mac-initiator'), responder: derive('mac-responder') },
    records: derive('records'),
  };
}

/** What a signature is over. The agreement names all parties with their keys. */
function signed(side: Side, hellos: Uint8Array, agreement: TaggedHash): Buffer {
  return Buffer.concat([labelBytes(signatureLabel[side]), hellos, agreement]);
}

function macOf(
  keys: Keys,
  side: Side,
  hellos: Uint8Array,
  identity: TaggedKey,
  agreement: TaggedHash,
): Buffer {
  const mac = createHmac('sha256', keys.mac[side]).update(labelBytes(macLabel[side]));
  return mac.update(hellos).update(identity).update(agreement).digest();
}

/** A key of sealing is used once. */
const onlyNonce = Buffer.alloc(12);

function sealProof({ identity, agreement }: Claim, keys: Keys, side: Side, hellos: Uint8Array): Buffer {
  const signature = identity.sign(signed(side, hellos, agreement));
  const mac = macOf(keys, side, hellos, identity.publicKey, agreement);
  const proof = format.encodeProof({ identity: identity.publicKey, agreement, signature, mac });
  const sealed = Buffer.alloc(proof.length + tagBytes);
  sealInto(sealed, 0, keys.sealing[side], onlyNonce, hellos, proof);
  return sealed;
}

function openProof(
  sealed: Buffer,
  keys: Keys,
  side: Side,
  hellos: Uint8Array,
  peer: string | undefined,
): format.Proof {
  let bytes: Buffer;
  try {
    bytes = open(keys.sealing[side], onlyNonce, hellos, sealed);
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    throw new MpcAbort('malformed', peer, 'the handshake was changed on its way', { cause: error });
  }
  const proof = format.decodeProof(bytes);
  if (proof === undefined) throw malformed(peer);
  return proof;
}

function checkProof(proof: format.Proof, keys: Keys, side: Side, hellos: Uint8Array, peer: string): void {
  const { identity, agreement, signature, mac } = proof;
  const expected = macOf(keys, side, hellos, identity, agreement);
  const holds = verifySignature(identity, signed(side, hellos, agreement), signature);
  if (!equalConstantTime(mac, expected) || !holds) {
    throw new MpcAbort('cheating', peer, 'it does not hold the key of its identity');
  }
}

function recordSecrets(keys: Keys, side: Side, transcript: Buffer, peerKey: TaggedKey): Handshaken {
  const derive = (from: Side) =>
    hkdf(keys.records, transcript, Buffer.from(`hypergate/mpc/sigma/records-${from}/v1`, 'ascii'), hashBytes);
  const initiator = derive('initiator');
  const responder = derive('responder');
  const isInitiator = side === 'initiator';
  const [sendSecret, receiveSecret] = isInitiator ? [initiator, responder] : [responder, initiator];
  return { isInitiator, peerKey, sendSecret, receiveSecret, transcript };
}

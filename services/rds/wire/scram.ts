/**
 * The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), as PostgreSQL speaks it: the user's name is the
 * startup packet's, and the one in the exchange is not looked at. A user who does not exist is asked as any other is, with a
 * salt that stays the same.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Fatal, fatals } from './errors.ts';
import type { ScramVerifier } from './verifier.ts';

export const scramMechanism = 'SCRAM-SHA-256';
export const scramPlusMechanism = 'SCRAM-SHA-256-PLUS';

const nonceBytes = 18;
const saltBytes = 16;
const binding = 'p=tls-server-end-point';

export interface ScramOptions {
  /** Undefined for a user who cannot log in: the exchange fails at its end. */
  readonly verifier: ScramVerifier | undefined;
  /** Of a user who cannot log in. */
  readonly mock: { readonly salt: string; readonly iterations: number };
  /** Data of `tls-server-end-point` (RFC 5929); undefined where channels cannot be bound. */
  readonly channelBinding: Buffer | undefined;
  /** For tests against an example. */
  readonly nonce?: string;
}

/** The same for a name each time, and nothing that tells it from a random one. */
export function mockSalt(secret: Uint8Array, user: string): string {
  return createHmac('sha256', secret)
    .update(user, 'latin1')
    .digest()
    .subarray(0, saltBytes)
    .toString('base64');
}

export class ScramServer {
  private readonly options: ScramOptions;
  private readonly nonce: string;
  private gs2Header = '';
  private isBound = false;
  private fullNonce = '';
  /** client-first-message-bare ‖ ',' ‖ server-first-message */
  private begun = '';

  constructor(options: ScramOptions) {
    this.options = options;
    this.nonce = options.nonce ?? randomBytes(nonceBytes).toString('base64');
  }

  get mechanisms(): readonly string[] {
    return this.options.channelBinding === undefined
      ? [scramMechanism]
      : [scramPlusMechanism, scramMechanism];
  }

  /** @returns server-first-message @throws Fatal */
  first(mechanism: string, clientFirst: string): string {
    if (!this.mechanisms.includes(mechanism)) {
      throw new Fatal('08P01', 'client selected an invalid SASL authentication mechanism');
    }
    this.isBound = mechanism === scramPlusMechanism;
    const parts = /^(([^,]*),([^,]*),)(.*)$/s.exec(clientFirst);
    if (parts === null) throw fatals.malformedScram();
    const [, header, flag, authorization, bare] = parts as unknown as [
      string,
      string,
      string,
      string,
      string,
    ];
    this.checkFlag(flag);
    if (authorization.startsWith('a=')) {
      throw new Fatal('0A000', 'client uses authorization identity, but it is not supported');
    }
    if (authorization !== '') throw fatals.malformedScram();
    if (bare.startsWith('m=')) throw new Fatal('0A000', 'client requires an unsupported SCRAM extension');
    const clientNonce = /^n=[^,]*,r=([!-+\--~]+)(?:,|$)/.exec(bare)?.[1];
    if (clientNonce === undefined) throw fatals.malformedScram();
    this.gs2Header = header;
    this.fullNonce = clientNonce + this.nonce;
    const { salt, iterations } = this.options.verifier ?? this.options.mock;
    const serverFirst = `r=${this.fullNonce},s=${salt},i=${iterations}`;
    this.begun = `${bare},${serverFirst}`;
    return serverFirst;
  }

  /** @returns server-final-message, or undefined when the proof is of another password @throws Fatal */
  final(clientFinal: string): string | undefined {
    const parts = /^(c=([^,]+),r=([^,]+)(?:,.*)?),p=([^,]+)$/s.exec(clientFinal);
    if (parts === null) throw fatals.malformedScram();
    const [, withoutProof, channel, nonce, proofText] = parts as unknown as [
      string,
      string,
      string,
      string,
      string,
    ];
    this.checkChannel(channel);
    if (nonce !== this.fullNonce) throw new Fatal('08P01', 'invalid SCRAM response');
    const proof = Buffer.from(proofText, 'base64');
    if (proof.length !== 32 || proof.toString('base64') !== proofText) throw fatals.malformedScram();
    const { verifier } = this.options;
    // As much work for a user who does not exist.
    const storedKey = verifier?.storedKey ?? Buffer.alloc(32);
    const serverKey = verifier?.serverKey ?? Buffer.alloc(32);
    const exchange = `${this.begun},${withoutProof}`;
    const signature = hmac(storedKey, exchange);
    const clientKey = proof.map((byte, index) => byte ^ signature[index]!);
    const isRight = timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey);
    const answer = `v=${hmac(serverKey, exchange).toString('base64')}`;
    return isRight && verifier !== undefined ? answer : undefined;
  }

  private checkFlag(flag: string): void {
    const { channelBinding } = this.options;
    if (this.isBound) {
      if (flag === binding) return;
      if (flag.startsWith('p=')) {
        throw new Fatal('08P01', 'unsupported SCRAM channel-binding type');
      }
      throw fatals.malformedScram();
    }
    // The client could bind the channel and believes that we cannot: somebody between us took the offer away.
    if (flag === 'y' && channelBinding !== undefined) {
      throw new Fatal('28000', 'SCRAM channel binding negotiation error');
    }
    if (flag !== 'n' && flag !== 'y') throw fatals.malformedScram();
  }

  private checkChannel(channel: string): void {
    const header = Buffer.from(this.gs2Header, 'latin1');
    const data = this.isBound ? (this.options.channelBinding ?? Buffer.alloc(0)) : Buffer.alloc(0);
    if (channel !== Buffer.concat([header, data]).toString('base64')) {
      throw this.isBound
        ? new Fatal('28000', 'SCRAM channel binding check failed')
        : new Fatal('08P01', 'unexpected SCRAM channel-binding attribute in client-final-message');
    }
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'latin1').digest();
}

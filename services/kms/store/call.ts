/** A call on its way through this service: what it says, who makes it, and what the trail has of it so far. */
import { createHash } from 'node:crypto';
import { type Call, encodeSignedCall, type Principal } from '@hypergate/kit';
import type { Bytes } from '@hypergate/node/api';
import type { Caller } from '../engine/access/caller.ts';
import type { Input } from '../engine/input.ts';
import { isOperation, type Operation, withheldOperations } from '../engine/operations.ts';
import { withheldParameters } from '../model/withheld.ts';

/** Condition keys that no signature covers, so that the audit row repeats them for custodians. */
const claimedKeys = ['aws:SourceIp', 'aws:SecureTransport', 'aws:UserAgent', 'aws:Referer'] as const;

/** What a call is made of: the port's `Call`, or what another service hands over. */
export type SentCall = Pick<
  Call<Input>,
  | 'operation'
  | 'input'
  | 'principal'
  | 'requestId'
  | 'region'
  | 'signal'
  | 'signed'
  | 'identityPolicies'
  | 'policyContext'
>;

export class KmsCall {
  readonly operation: Operation;
  readonly input: Input;
  readonly principal: Principal;
  readonly requestId: string;
  readonly region: string;
  /** When the gateway took it: the time of its audit row, and of its conditions. Milliseconds since 1970. */
  readonly timeMs: number;
  readonly claimed: readonly (readonly [key: string, value: string])[];
  /** Keys that it turned out to be about, for the trail. */
  readonly keyIds = new Set<string>();
  /** Names of its audit rows. */
  readonly rows: { readonly timeMs: number; readonly requestId: string }[] = [];
  /** Keys are used for it: then its end counts as a use of them. */
  usesKeys = false;
  readonly #call: SentCall;
  readonly #identityPolicies: readonly unknown[];
  #bytes: Bytes | undefined;

  constructor(call: SentCall, timeMs: number) {
    if (!isOperation(call.operation)) throw new Error(`${call.operation} is no operation of KMS`);
    this.operation = call.operation;
    this.input = call.input;
    this.principal = call.principal;
    this.requestId = call.requestId;
    this.region = call.region;
    this.timeMs = timeMs;
    const context = call.policyContext?.() ?? {};
    this.claimed = claimedKeys.flatMap((key) => {
      const value = context[key];
      return value === undefined ? [] : [[key, value] as const];
    });
    this.#call = call;
    this.#identityPolicies = call.identityPolicies ?? [];
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get caller(): Caller {
    return this.callerAt(this.timeMs);
  }

  /** Custodians make the same of audit row and signature. */
  callerAt(nowMs: number): Caller {
    return {
      principal: this.principal,
      identityPolicies: this.#identityPolicies,
      context: {
        'aws:CurrentTime': new Date(nowMs).toISOString(),
        'aws:EpochTime': String(Math.floor(nowMs / 1000)),
        'aws:RequestedRegion': this.region,
        ...Object.fromEntries(this.claimed),
      },
      region: this.region,
    };
  }

  /** As its caller signed it, for custodians; without its body where that stays here. */
  get bytes(): Bytes {
    if (this.#bytes === undefined) {
      const { signed } = this.#call;
      if (signed === undefined) throw new Error('the port did not keep the call as it was signed');
      this.#bytes = encodeSignedCall(signed, { withBody: !withheldOperations.includes(this.operation) });
    }
    return this.#bytes;
  }

  /** What the audit row repeats of it. */
  get parameters(): string | undefined {
    return withheldParameters(this.operation, this.input);
  }

  get hash(): Bytes {
    return new Uint8Array(createHash('sha256').update(this.bytes).digest());
  }
}

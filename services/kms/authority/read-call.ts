/** What an authority needs to know of a signed call. Who checks signatures and decodes bodies is passed in. */
import type { Principal } from '@hypergate/kit';
import type { Bytes } from '@hypergate/node/api';
import type { Input } from '../engine/input.ts';

export interface CallFacts {
  /** Found by the custodian's own copy of the credentials, or the one for whom unsigned calls count. */
  readonly principal: Principal;
  readonly identityPolicies: readonly unknown[];
  /** Scope of the signature; empty when nobody signed it, and that is allowed. */
  readonly signingName: string;
  readonly region: string;
  /** When it was signed, milliseconds since 1970; of an unsigned call undefined. */
  readonly signedAtMs: number | undefined;
  /** Of `X-Amz-Target`, without the prefix. */
  readonly operation: string;
  /** Undefined when the body is withheld: the signature covers its hash. */
  readonly input: Input | undefined;
  /** Of a call to another service: what was asked of it. All of it is covered by the signature. */
  readonly request?: SignedRequestFacts;
}

export interface SignedRequestFacts {
  readonly method: string;
  /** Still encoded, without the query. */
  readonly rawPath: string;
  /** Text of a signed header by its name in lower case. */
  header(name: string): string | undefined;
}

/** The call is not what its signature says, or nobody's. One sentence. */
export class CallRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CallRefused';
  }
}

/**
 * Checks the signature of a call and reads it.
 * @param nowMs the time that it is judged by: it was signed within 15 minutes of it, or as a URL that had not expired
 * @throws CallRefused
 */
export type ReadCall = (call: Bytes, nowMs: number) => Promise<CallFacts>;

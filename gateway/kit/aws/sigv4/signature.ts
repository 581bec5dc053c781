/** A signature as a request carries it, read but not yet checked. */

import type { RawHeaders } from '../http/raw-headers.ts';
import type { QueryPair, RawUrl } from '../http/raw-url.ts';
import type { RequestTime } from './date.ts';
import type { SignatureForm } from './failure.ts';
import type { Scope } from './scope.ts';

export interface RequestSignature {
  readonly form: SignatureForm;
  readonly accessKeyId: string;
  readonly scope: Scope;
  /** Lower-case names in the order sent. */
  readonly signedHeaders: readonly string[];
  readonly signedHeadersText: string;
  readonly signature: string;
  readonly time: RequestTime;
  /** Presigned only. */
  readonly expiresSeconds: number | undefined;
  readonly sessionToken: string | undefined;
}

/** The parts of a request a signature covers, as sent. */
export interface SignedRequest {
  readonly method: string;
  readonly url: RawUrl;
  readonly pairs: readonly QueryPair[];
  readonly headers: RawHeaders;
}

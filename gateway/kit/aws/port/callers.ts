/** Who calls: the authentication stage of the pipeline. */
import type { Principal } from '../../service.ts';
import { anonymousPrincipal, type Credential } from '../credentials.ts';
import { missingAuthentication } from '../error-family.ts';
import {
  type Authenticator,
  type RequestSignature,
  SignatureFailure,
  unsignedPayload,
  type VerifiedSignature,
} from '../sigv4/index.ts';
import type { Exchange } from './exchange.ts';
import type { AnyRow, RegisteredService } from './registry.ts';

export interface Caller {
  readonly principal: Principal;
  readonly credential: Credential | undefined;
  readonly verified: VerifiedSignature | undefined;
  /** That the signature was checked with. */
  readonly payloadHash: string | undefined;
}

export class Callers {
  readonly #authenticator: Authenticator;
  readonly #unsignedPrincipal: Principal | undefined;

  constructor(authenticator: Authenticator, unsignedPrincipal: Principal | undefined) {
    this.#authenticator = authenticator;
    this.#unsignedPrincipal = unsignedPrincipal;
  }

  /** Everything but the signature over the payload. @throws SignatureFailure */
  identify(exchange: Exchange, service: RegisteredService, signature: RequestSignature): Promise<Credential> {
    return this.#authenticator.identify(signature, exchange, service.definition.signingName);
  }

  /**
   * @param payloadHash as sent, or computed; undefined is an error where S3 is called with a header signature
   * @throws SignatureFailure
   */
  verify(
    exchange: Exchange,
    service: RegisteredService,
    signature: RequestSignature,
    credential: Credential,
    payloadHash: string | undefined,
  ): Caller {
    const hash = payloadHash ?? (signature.form === 'query' ? unsignedPayload : undefined);
    if (hash === undefined) throw new SignatureFailure({ kind: 'missing-content-sha256' });
    const verified = this.#authenticator.verify(signature, exchange, credential, hash, service.pathRule);
    return { principal: credential.principal, credential, verified, payloadHash: hash };
  }

  /** @throws AwsError when the operation needs credentials */
  unsigned(service: RegisteredService, row: AnyRow): Caller {
    const principal = this.#unsignedPrincipal ?? anonymousPrincipal;
    if (principal.kind === 'anonymous' && row.access !== 'anonymous') {
      throw missingAuthentication(service.family);
    }
    return { principal, credential: undefined, verified: undefined, payloadHash: undefined };
  }
}

/** Signed calls as a custodian reads them: signature, scope, body, by the kit's own code and a copy of the credentials. */
import {
  type Clock,
  type CredentialStore,
  decodeInput,
  decodeSignedCall,
  MalformedSignedCall,
  type Principal,
  SignatureFailure,
  verifySignedCall,
} from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/kms';
import { CallRefused, type ReadCall } from '../../authority/index.ts';

const prefix = 'TrentService.';
const definition = {
  signingName: 'kms',
  protocol: 'awsJson1.1',
  targetPrefix: 'TrentService',
  schemas,
  operations: [],
} as const;

export interface ReadSignedCallOptions {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly unsigned?: Principal;
}

export function readSignedCall({ credentials, clock, unsigned }: ReadSignedCallOptions): ReadCall {
  return async (bytes, timing) => {
    try {
      const call = decodeSignedCall(bytes);
      const verified = await verifySignedCall(call, {
        credentials,
        clock,
        ...(timing === 'any' ? { skewMs: 'any time' } : {}),
        ...(unsigned === undefined ? {} : { allowUnsigned: unsigned }),
      });
      const { method, rawPath } = verified;
      const isOurs = verified.signingName === 'kms' || verified.signingName === '';
      const operation = (verified.header('x-amz-target') ?? '').slice(prefix.length);
      const { body } = verified;
      return {
        principal: verified.principal,
        identityPolicies: verified.credential?.identityPolicies ?? [],
        signingName: verified.signingName,
        region: verified.region,
        signedAtMs: verified.credential === undefined ? undefined : verified.timeMs,
        operation,
        request: { method, rawPath, header: (name) => verified.header(name) },
        input:
          body === undefined || !isOurs
            ? undefined
            : decodeInput(definition, operation, {
                query: new Map(),
                header: (name) => verified.header(name),
                headers: [],
                labels: {},
                body,
              }),
      };
    } catch (error) {
      if (error instanceof SignatureFailure) throw new CallRefused(error.reason.kind, { cause: error });
      if (error instanceof MalformedSignedCall) throw new CallRefused(error.message, { cause: error });
      throw error;
    }
  };
}

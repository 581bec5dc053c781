/** Signed calls as a custodian reads them: signature, scope, body, by the kit's own code and a copy of the credentials. */
import type { CredentialStore, Principal } from '@hypergate/kit';
import { decodeJsonInput } from '@hypergate/kit/aws/codec';
import { schemas } from '@hypergate/kit/aws/gen/kms';
import {
  decodeSignedCall,
  MalformedSignedCall,
  SignatureFailure,
  SigningKeyCache,
  verifySignedCall,
} from '@hypergate/kit/aws/signed-call';
import { isOperation } from '../engine/operations.ts';
import { CallRefused, type ReadCall } from './read-call.ts';

const prefix = 'TrentService.';
const definition = { protocol: 'awsJson1.1', schemas } as const;

export interface ReadSignedCallOptions {
  readonly credentials: CredentialStore;
  /** Developer mode: who calls without credentials act as. */
  readonly unsigned?: Principal | undefined;
}

export function readSignedCall({ credentials, unsigned }: ReadSignedCallOptions): ReadCall {
  const keys = new SigningKeyCache();
  return async (bytes, nowMs) => {
    try {
      const verified = await verifySignedCall(decodeSignedCall(bytes), {
        credentials,
        clock: { now: () => nowMs },
        keys,
        ...(unsigned === undefined ? {} : { allowUnsigned: unsigned }),
      });
      const { body, principal, credential, signingName, region, method, rawPath } = verified;
      // Another service's own call, which is evidence for its use of a key.
      const isOurs = signingName === 'kms' || signingName === '';
      const target = verified.header('x-amz-target') ?? '';
      const operation = target.slice(prefix.length);
      if (isOurs && !(target.startsWith(prefix) && isOperation(operation)))
        throw new CallRefused('the call names no operation');
      return {
        principal,
        identityPolicies: credential?.identityPolicies ?? [],
        signingName,
        region,
        signedAtMs: credential === undefined ? undefined : verified.timeMs,
        operation,
        request: { method, rawPath, header: (name) => verified.header(name) },
        input: body === undefined || !isOurs ? undefined : decodeJsonInput(definition, operation, body),
      };
    } catch (error) {
      if (error instanceof SignatureFailure) throw new CallRefused(error.reason.kind, { cause: error });
      if (error instanceof MalformedSignedCall) throw new CallRefused(error.message, { cause: error });
      throw error;
    }
  };
}

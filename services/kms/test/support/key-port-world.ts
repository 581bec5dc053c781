/** The KMS service as other services meet it: its key port, callers of S3, and the service's own administrators over the SDK. */
import type { KMSClient } from '@aws-sdk/client-kms';
import { rootPrincipal } from '@hypergate/kit';
import type { KeyCaller, KeyUse } from '@hypergate/node/api';
import type { KeyPortUnderTest } from '../key-port-contract.ts';
import { accounts, type Gateway, type GatewayOptions, openGateway } from './gateway.ts';
import { type S3Request, signedS3Call } from './s3-requests.ts';
import { region, userOf } from './world.ts';

export interface KeyPortWorld extends KeyPortUnderTest {
  readonly gateway: Gateway;
  readonly root: KMSClient;
}

export async function openKeyPortWorld(options: GatewayOptions = {}): Promise<KeyPortWorld> {
  const gateway = await openGateway(options);
  const root = gateway.client();
  let policies: readonly unknown[] = [];
  let requests = 0;

  const credentialsOf = (who: string): KeyCaller & { readonly secretAccessKey: string } => {
    if (who === 'alice') {
      gateway.user('alice', policies);
      return { principal: userOf('alice'), identityPolicies: policies, secretAccessKey: 'secret of alice' };
    }
    const one = who === 'root' ? accounts[0] : accounts[1];
    return { principal: rootPrincipal(one), identityPolicies: [], secretAccessKey: one.secretAccessKey };
  };

  return {
    gateway,
    root,
    port: gateway.service.keys,
    region,
    accountId: accounts[0].accountId,
    async use(who, request: S3Request): Promise<KeyUse> {
      const { secretAccessKey, ...caller } = credentialsOf(who);
      const { accessKeyId } = caller.principal;
      const nowMs = gateway.clock.ms;
      requests += 1;
      return {
        via: 's3',
        operation: request.operation,
        call: await signedS3Call(request, { accessKeyId, secretAccessKey, nowMs, region }),
        caller,
        requestId: requests.toString(16).toUpperCase().padStart(16, '0'),
      };
    },
    allow(documents) {
      policies = documents;
    },
    administrator: root,
    advance(ms) {
      gateway.clock.ms += ms;
    },
    close: () => gateway.close(),
  };
}

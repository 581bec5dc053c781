/**
 * AWS STS, as far as SDKs and tools ask for it before they work: who am I.
 *
 * Supported: GetCallerIdentity, GetAccessKeyInfo. Every other action is answered with `NotImplemented` (501) in the query
 * protocol's form: there are no roles, sessions or federated users yet.
 */
import type { AwsServiceDefinition, Service, ServiceHealth, ServiceModules } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/sts';
import { getAccessKeyInfo } from './ops/get-access-key-info.ts';
import { getCallerIdentity } from './ops/get-caller-identity.ts';

export function createService(modules: ServiceModules): Service {
  return new StsService(modules);
}

class StsService implements Service {
  readonly name = 'sts';
  readonly protocol = 'aws';
  readonly listeners = [];
  readonly tables = [];
  readonly aws: AwsServiceDefinition;

  constructor({ settings }: ServiceModules) {
    this.aws = {
      signingName: 'sts',
      protocol: 'query',
      queryVersion: '2011-06-15',
      schemas,
      operations: [getCallerIdentity, getAccessKeyInfo(settings.accounts)],
    };
  }

  async start(): Promise<void> {}

  async drain(): Promise<void> {}

  async stop(): Promise<void> {}

  health(): ServiceHealth {
    return { ready: true };
  }

  async reset(): Promise<void> {}
}

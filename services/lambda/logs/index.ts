/**
 * CloudWatch Logs of functions, and for everybody else who puts events there.
 *
 * Left out, and answered with `NotImplementedException`: Insights (StartQuery and its kin), metric and subscription filters, live tails,
 * exports, deliveries, policies of resources and accounts, transformers, anomaly detectors, keys of KMS. Regular expressions in filter
 * patterns are refused.
 */
import type { AwsServiceDefinition } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/cloudwatch-logs';
import type { LambdaBase } from '../store/context.ts';
import { rowOf, type WithLogs } from './operation.ts';
import { logOperations } from './ops/index.ts';
import { Logs } from './store.ts';

export type { WithLogs } from './operation.ts';
export { logTables } from './rows.ts';
export { Logs } from './store.ts';

/** Its sweep runs from `start` to `stop`. */
export function createLogStore(base: LambdaBase): Logs {
  return new Logs(base);
}

/** Of the AWS port; `run` gives the store while there is one. */
export function logDefinition(run: WithLogs): AwsServiceDefinition {
  return {
    signingName: 'logs',
    protocol: 'awsJson1.1',
    targetPrefix: 'Logs_20140328',
    requestIds: 'uuid',
    schemas,
    operations: logOperations.map((one) => rowOf(one, run)),
  };
}

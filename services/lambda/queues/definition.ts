/** Amazon SQS as the AWS port serves it: the JSON protocol. */
import type { AwsServiceDefinition } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/sqs';
import { allOperations } from './ops/index.ts';
import { rowOf, type WithQueues } from './ops/row.ts';

export function queueDefinition(run: WithQueues): AwsServiceDefinition {
  return {
    signingName: 'sqs',
    protocol: 'awsJson1.0',
    targetPrefix: 'AmazonSQS',
    requestIds: 'uuid',
    schemas,
    operations: allOperations.map((one) => rowOf(one, run)),
  };
}

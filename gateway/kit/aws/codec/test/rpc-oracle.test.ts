/** The query, JSON and restJson1 protocols against the clients of STS, KMS, DynamoDB, Lambda, CloudWatch Logs, EventBridge Scheduler and RDS. */
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as kms from '@aws-sdk/client-kms';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as rdsData from '@aws-sdk/client-rds-data';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sts from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { AwsError, type AwsProtocol } from '../../definition.ts';
import { schemas as logsSchemas } from '../../gen/cloudwatch-logs.ts';
import { schemas as kmsSchemas } from '../../gen/kms.ts';
import { schemas as lambdaSchemas } from '../../gen/lambda.ts';
import { schemas as rdsSchemas } from '../../gen/rds.ts';
import { schemas as rdsDataSchemas } from '../../gen/rds-data.ts';
import { schemas as schedulerSchemas } from '../../gen/scheduler.ts';
import { schemas as stsSchemas } from '../../gen/sts.ts';
import { readSnapshot } from '../../snapshot/generate.ts';
import { encodeError } from '../index.ts';
import { checkReply, checkRequest, clientOf, commandOf, type Oracle, SEEDS } from './oracle.ts';

/** Event streams are not values to compare. */
const SKIPPED: Readonly<Record<string, string>> = {
  'cloudwatch-logs GetLogObject': 'the output is an event stream',
  'cloudwatch-logs StartLiveTail': 'the output is an event stream',
  'lambda InvokeWithResponseStream': 'the output is an event stream',
};

/** Services whose snapshot is part of the product. */
const COMMITTED: Readonly<Record<string, Oracle['definition']['schemas']>> = {
  'cloudwatch-logs': logsSchemas,
  kms: kmsSchemas,
  lambda: lambdaSchemas,
  rds: rdsSchemas,
  'rds-data': rdsDataSchemas,
  scheduler: schedulerSchemas,
  sts: stsSchemas,
};

function oracleOf(
  service: string,
  protocol: AwsProtocol,
  sdk: object,
  client: string,
  extra: object = {},
): Oracle {
  const schemas = COMMITTED[service] ?? readSnapshot(service);
  return {
    definition: { signingName: service, protocol, schemas, operations: [], ...extra },
    sdk: sdk as Readonly<Record<string, unknown>>,
    client,
  };
}

const ORACLES: readonly Oracle[] = [
  oracleOf('sts', 'query', sts, 'STSClient', { queryVersion: '2011-06-15' }),
  oracleOf('kms', 'awsJson1.1', kms, 'KMSClient', { targetPrefix: 'TrentService' }),
  oracleOf('dynamodb', 'awsJson1.0', dynamodb, 'DynamoDBClient', { targetPrefix: 'DynamoDB_20120810' }),
  oracleOf('lambda', 'restJson1', lambda, 'LambdaClient'),
  oracleOf('cloudwatch-logs', 'awsJson1.1', logs, 'CloudWatchLogsClient', { targetPrefix: 'Logs_20140328' }),
  oracleOf('scheduler', 'restJson1', scheduler, 'SchedulerClient'),
  oracleOf('rds', 'query', rds, 'RDSClient', { queryVersion: '2014-10-31' }),
  oracleOf('rds-data', 'restJson1', rdsData, 'RDSDataClient'),
];

for (const oracle of ORACLES) {
  const { schemas } = oracle.definition;
  const operations = Object.keys(schemas.operations).filter(
    (name) => !(`${schemas.service} ${name}` in SKIPPED),
  );
  describe(`${schemas.service} client as oracle`, () => {
    it.each(operations)('%s: requests are routed and decoded to the input', async (name) => {
      for (const seed of SEEDS) await checkRequest(oracle, name, seed);
    });
    it.each(operations)('%s: replies are parsed to the output', async (name) => {
      for (const seed of SEEDS) await checkReply(oracle, name, seed);
    });
  });
}

describe('kms client as oracle of errors', () => {
  const oracle = ORACLES.find(({ client }) => client === 'KMSClient')!;
  const names = [...new Set(Object.values(kmsSchemas.operations).flatMap(({ errors }) => errors))];

  it.each(names)('%s: parsed to its class, with message and status', async (name) => {
    const error = new AwsError(name, 400, 'One sentence.');
    const client = clientOf(oracle, () => {
      const { status, headers, body } = encodeError(oracle.definition, error, {
        requestId: 'R',
        hostId: 'H',
      });
      return { statusCode: status, headers, body: Buffer.from(body) };
    });
    const caught: unknown = await client
      .send(commandOf(oracle, 'DescribeKey', { KeyId: 'k' }))
      .catch((failure: unknown) => failure);
    expect(caught).toBeInstanceOf(oracle.sdk[name]);
    expect(caught).toMatchObject({ name, message: 'One sentence.', $metadata: { httpStatusCode: 400 } });
  });
});

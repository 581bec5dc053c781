/** The query, JSON and restJson1 protocols against the clients of STS, KMS, DynamoDB and Lambda. */
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as kms from '@aws-sdk/client-kms';
import * as lambda from '@aws-sdk/client-lambda';
import * as sts from '@aws-sdk/client-sts';
import { describe, it } from 'vitest';
import type { AwsProtocol } from '../../definition.ts';
import { schemas as stsSchemas } from '../../gen/sts.ts';
import { readSnapshot } from '../../snapshot/generate.ts';
import { checkReply, checkRequest, type Oracle, SEEDS } from './oracle.ts';

/** Event streams are not values to compare. */
const SKIPPED: Readonly<Record<string, string>> = {
  'lambda InvokeWithResponseStream': 'the output is an event stream',
};

function oracleOf(
  service: string,
  protocol: AwsProtocol,
  sdk: object,
  client: string,
  extra: object = {},
): Oracle {
  const schemas = service === 'sts' ? stsSchemas : readSnapshot(service);
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

import { expect, it } from 'vitest';
import { type AwsServiceDefinition, awsDefinitions } from '../../index.ts';

const definition = (signingName: string): AwsServiceDefinition => ({
  signingName,
  protocol: 'query',
  schemas: { service: signingName, sdkVersion: '', operations: {}, shapes: {} },
  operations: [],
});

it('a service has the definitions of all its endpoints, or none', () => {
  const rds = definition('rds');
  const data = definition('rds-data');
  expect(awsDefinitions({ aws: rds })).toEqual([rds]);
  expect(awsDefinitions({ aws: [rds, data] })).toEqual([rds, data]);
  expect(awsDefinitions({})).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { AwsError, type ServiceSchemas } from '../../definition.ts';
import { encodeError } from '../index.ts';
import { IDS, s3, sts } from './decode.ts';

describe('errors', () => {
  const error = new AwsError(
    'NoSuchKey',
    404,
    'No <key>.',
    { Key: 'a&b' },
    { 'X-Amz-Delete-Marker': 'true' },
  );

  it('S3: code, message, details, resource, ids', () => {
    const reply = encodeError(s3, error, { ...IDS, resource: '/b/a' });
    expect(reply).toEqual({
      status: 404,
      headers: { 'content-type': 'application/xml', 'x-amz-delete-marker': 'true' },
      body:
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>No &lt;key&gt;.</Message>' +
        '<Key>a&amp;b</Key><Resource>/b/a</Resource><RequestId>REQ</RequestId><HostId>HOST</HostId></Error>',
    });
  });

  it('query: who is to blame, and the namespace', () => {
    expect(encodeError(sts, new AwsError('AccessDenied', 403, 'No.'), IDS)).toMatchObject({
      headers: { 'content-type': 'text/xml' },
      body:
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
        '<Code>AccessDenied</Code><Message>No.</Message></Error><RequestId>REQ</RequestId></ErrorResponse>',
    });
  });

  it('JSON: the type in body and header', () => {
    const schemas: ServiceSchemas = {
      service: 'x',
      sdkVersion: '0',
      operations: {},
      shapes: {
        Capital: { type: 'structure', members: { Message: { shape: 'string' }, Type: { shape: 'string' } } },
      },
    };
    const definition = { signingName: 'x', schemas, operations: [] };
    const kms = encodeError(
      { ...definition, protocol: 'awsJson1.1' },
      new AwsError('NotFoundException', 400, 'm'),
      IDS,
    );
    expect(kms.headers).toEqual({
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-errortype': 'NotFoundException',
    });
    expect(JSON.parse(String(kms.body))).toEqual({ __type: 'NotFoundException', message: 'm' });
    const lambda = encodeError(
      { ...definition, protocol: 'restJson1' },
      new AwsError('Capital', 404, 'm'),
      IDS,
    );
    expect(lambda.headers).toEqual({ 'content-type': 'application/json', 'x-amzn-errortype': 'Capital' });
    expect(JSON.parse(String(lambda.body))).toEqual({ Type: 'User', Message: 'm' });
  });
});

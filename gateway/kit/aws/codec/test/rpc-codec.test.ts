import { describe, expect, it } from 'vitest';
import type { AwsServiceDefinition, ServiceSchemas } from '../../definition.ts';
import { encodeOutput, parseForm, routeQueryAction, routeTarget } from '../index.ts';
import { decode, IDS, refusal, sts } from './decode.ts';

describe('query protocol', () => {
  it('reads nested forms in numeric order, gaps and unknown fields allowed', () => {
    const body =
      'Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws&RoleSessionName=a+b&Unknown.member.1=x' +
      '&Tags.member.10.Key=k10&Tags.member.10.Value=v10&Tags.member.2.Key=k2&Tags.member.2.Value=&DurationSeconds=900';
    expect(decode(sts, 'AssumeRole', { body })).toEqual({
      RoleArn: 'arn:aws',
      RoleSessionName: 'a b',
      DurationSeconds: 900,
      Tags: [
        { Key: 'k2', Value: '' },
        { Key: 'k10', Value: 'v10' },
      ],
    });
    expect(decode(sts, 'AssumeRole', { query: { RoleArn: 'r', RoleSessionName: 's' } }).RoleArn).toBe('r');
  });

  it.each([
    ['RoleSessionName=s', '400 ValidationError'],
    ['RoleArn=r&RoleSessionName=s&DurationSeconds=x', '400 MalformedInput'],
    ['RoleArn=r&RoleSessionName=%zz', '400 MalformedInput'],
    ['RoleArn=r&RoleSessionName=s&Tags.member.x.Key=k', '400 MalformedInput'],
    [`RoleArn=r&RoleSessionName=s&${'a.'.repeat(40)}=1`, '400 MalformedInput'],
    [`RoleArn=r${'&a=1'.repeat(20_000)}`, '400 MalformedInput'],
    ['RoleArn=r&RoleSessionName=s&__proto__.x=1&constructor=2', 'accepted'],
  ])('AssumeRole with %.40j: %s', (body, outcome) => {
    expect(refusal(sts, 'AssumeRole', { body })).toBe(outcome);
  });

  it('writes the result with its metadata', () => {
    const output = { UserId: 'U', Account: '000000000000', Arn: 'arn:aws:iam::000000000000:root' };
    expect(encodeOutput(sts, 'GetCallerIdentity', { output }, IDS)).toEqual({
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body:
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        '<UserId>U</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn>' +
        '</GetCallerIdentityResult><ResponseMetadata><RequestId>REQ</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
    });
  });

  it('actions are routed by name and version', () => {
    const action = (form: string) => routeQueryAction(sts, parseForm(Buffer.from(form)));
    expect(action('Action=GetCallerIdentity&Version=2011-06-15')).toBe('GetCallerIdentity');
    expect(action('Action=GetCallerIdentity')).toBe('GetCallerIdentity');
    expect(action('Action=GetCallerIdentity&Version=2010-05-08')).toBeUndefined();
    expect(action('Action=toString')).toBeUndefined();
    expect(action('')).toBeUndefined();
  });
});

describe('JSON protocols', () => {
  const schemas: ServiceSchemas = {
    service: 'x',
    sdkVersion: '0',
    operations: {
      Op: { method: 'POST', uri: '/', status: 200, input: 'In', output: 'In', errors: [] },
      Void: { method: 'POST', uri: '/', status: 200, input: 'unit', output: 'unit', errors: [] },
    },
    shapes: {
      In: {
        type: 'structure',
        members: {
          Id: { shape: 'string', required: true },
          Count: { shape: 'long' },
          When: { shape: 'timestamp' },
          Bytes: { shape: 'blob' },
          Flag: { shape: 'boolean' },
          List: { shape: 'list' },
          Map: { shape: 'map' },
          Self: { shape: 'In' },
        },
      },
      unit: { type: 'structure', members: {} },
      list: { type: 'list', member: { shape: 'string' } },
      map: { type: 'map', key: { shape: 'string' }, value: { shape: 'string' } },
      string: { type: 'string' },
      long: { type: 'long' },
      timestamp: { type: 'timestamp' },
      blob: { type: 'blob' },
      boolean: { type: 'boolean' },
    },
  };
  const json: AwsServiceDefinition = {
    signingName: 'x',
    protocol: 'awsJson1.1',
    targetPrefix: 'Prefix',
    schemas,
    operations: [],
  };

  it('reads values by the schema; null is absent, unknown members are ignored', () => {
    const body = '{"Id":"i","Count":null,"When":1.5,"Bytes":"AQI=","Map":{"__proto__":"p"},"Other":{}}';
    const input = decode(json, 'Op', { body }) as { Map: object };
    expect(input).toEqual({ Id: 'i', When: new Date(1500), Bytes: Uint8Array.of(1, 2), Map: input.Map });
    expect(Object.entries(input.Map)).toEqual([['__proto__', 'p']]);
  });

  it.each([
    ['', '400 ValidationException'],
    ['{}', '400 ValidationException'],
    ['{', '400 SerializationException'],
    ['[]', '400 SerializationException'],
    ['{"Id":1}', '400 SerializationException'],
    ['{"Id":"i","Count":"1"}', '400 SerializationException'],
    ['{"Id":"i","Count":1.5}', '400 SerializationException'],
    ['{"Id":"i","Count":1e300}', '400 SerializationException'],
    ['{"Id":"i","Flag":"true"}', '400 SerializationException'],
    ['{"Id":"i","When":"soon"}', '400 SerializationException'],
    ['{"Id":"i","When":1e300}', '400 SerializationException'],
    ['{"Id":"i","Bytes":"***"}', '400 SerializationException'],
    ['{"Id":"i","List":"a"}', '400 SerializationException'],
    ['{"Id":"i","List":[null]}', '400 SerializationException'],
    [`${'{"Self":'.repeat(200)}{}${'}'.repeat(200)}`, '400 SerializationException'],
    [`{"Id":"i","List":${'['.repeat(100_000)}`, '400 SerializationException'],
  ])('%.40j: %s', (body, outcome) => {
    expect(refusal(json, 'Op', { body })).toBe(outcome);
  });

  it('writes dates as seconds and bytes as base64', () => {
    const output = { Id: 'i', When: new Date(1500), Bytes: Uint8Array.of(1, 2), List: ['a', undefined] };
    expect(encodeOutput(json, 'Op', { output }, IDS)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: '{"Id":"i","When":1.5,"Bytes":"AQI=","List":["a"]}',
    });
    expect(encodeOutput(json, 'Void', { output: undefined }, IDS).body).toBe('');
  });

  it('whole numbers of 64 bits keep all digits, in both directions', () => {
    const field: ServiceSchemas = {
      ...schemas,
      shapes: {
        ...schemas.shapes,
        I: { type: 'structure', members: { Wide: { shape: 'int64' }, Count: { shape: 'long' } } },
        int64: { type: 'int64' },
      },
      operations: { Op: { method: 'POST', uri: '/', status: 200, input: 'I', output: 'I', errors: [] } },
    };
    const wide: AwsServiceDefinition = { ...json, schemas: field };
    const text = '{"Wide":-9223372036854775808}';
    expect(decode(wide, 'Op', { body: text })).toEqual({ Wide: -9223372036854775808n });
    expect(encodeOutput(wide, 'Op', { output: { Wide: -9223372036854775808n } }, IDS).body).toBe(text);
    expect(decode(wide, 'Op', { body: '{"Wide":12}' })).toEqual({ Wide: 12 });
    for (const body of ['{"Wide":9223372036854775808}', '{"Wide":1.5}', '{"Count":9007199254740993}'])
      expect(refusal(wide, 'Op', { body })).toBe('400 SerializationException');
  });

  it('targets are routed by prefix and name', () => {
    expect(routeTarget(json, 'Prefix.Op')).toBe('Op');
    expect(routeTarget(json, 'Other.Op')).toBeUndefined();
    expect(routeTarget(json, 'Prefix.constructor')).toBeUndefined();
    expect(routeTarget(json, 'Op')).toBeUndefined();
  });
});

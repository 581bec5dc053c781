/** The form of errors for requests whose service is not known: told from what the client seems to speak. */
import type { AwsServiceDefinition, ServiceSchemas } from '../definition.ts';
import { AwsError } from '../definition.ts';
import type { Exchange } from './exchange.ts';

const noSchemas: ServiceSchemas = { service: 'none', sdkVersion: '', operations: {}, shapes: {} };

const restXml: AwsServiceDefinition = {
  signingName: 's3',
  protocol: 'restXml',
  schemas: noSchemas,
  operations: [],
};
const json: AwsServiceDefinition = { ...restXml, signingName: 'json', protocol: 'awsJson1.1' };
const query: AwsServiceDefinition = { ...restXml, signingName: 'query', protocol: 'query' };

export function fallbackDefinition(exchange: Exchange): AwsServiceDefinition {
  if (exchange.headers.has('x-amz-target')) return json;
  return isFormPost(exchange) ? query : restXml;
}

export function isFormPost(exchange: Exchange): boolean {
  return exchange.method === 'POST' && exchange.url.path === '/' && isFormType(exchange);
}

export function isFormType(exchange: Exchange): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(exchange.headers.bytes('content-type') ?? '');
}

/** A service that AWS has and this gateway does not run. */
export function serviceNotHere(name: string): AwsError {
  return new AwsError('NotImplemented', 501, `The service ${name} is not running on this gateway.`);
}

/** Error documents in each protocol's form. */
import type { AwsError, AwsServiceDefinition, ReplyStream, ServiceSchemas } from '../definition.ts';
import { escapeXml, XML_DECLARATION } from './xml-encode.ts';

export interface ReplyIds {
  readonly requestId: string;
  readonly hostId: string;
}

export interface EncodedReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
  /** Streamed body, instead of `body`. */
  readonly stream?: ReplyStream;
  readonly cookies?: readonly string[];
}

/**
 * @param ids `resource` is the path that S3 names in the document; the body is written for HEAD as well, the port leaves it out
 */
export function encodeError(
  definition: AwsServiceDefinition,
  error: AwsError,
  ids: ReplyIds & { readonly resource?: string },
): EncodedReply {
  const headers = lowerCased(error.headers);
  const { status } = error;
  switch (definition.protocol) {
    case 'restXml':
      return {
        status,
        headers: { 'content-type': 'application/xml', ...headers },
        body: s3Document(error, ids),
      };
    case 'query': {
      const body = queryDocument(definition, error, ids.requestId);
      return { status, headers: { 'content-type': 'text/xml', ...headers }, body };
    }
    case 'restJson1': {
      const body = JSON.stringify({
        ...typeOf(definition.schemas, error),
        ...message(definition.schemas, error),
        ...error.details,
      });
      const type = { 'content-type': 'application/json', 'x-amzn-errortype': error.code };
      return { status, headers: { ...type, ...headers }, body };
    }
    default: {
      const version = definition.protocol === 'awsJson1.0' ? '1.0' : '1.1';
      const type = { 'content-type': `application/x-amz-json-${version}`, 'x-amzn-errortype': error.code };
      const body = JSON.stringify({
        __type: error.code,
        ...message(definition.schemas, error),
        ...error.details,
      });
      return { status, headers: { ...type, ...headers }, body };
    }
  }
}

function s3Document(error: AwsError, ids: ReplyIds & { readonly resource?: string }): string {
  let text = `${XML_DECLARATION}<Error>${element('Code', error.code)}${element('Message', error.message)}`;
  for (const name of Object.keys(error.details)) text += element(name, error.details[name]!);
  if (ids.resource !== undefined && error.details.Resource === undefined)
    text += element('Resource', ids.resource);
  return `${text}${element('RequestId', ids.requestId)}${element('HostId', ids.hostId)}</Error>`;
}

function queryDocument(definition: AwsServiceDefinition, error: AwsError, requestId: string): string {
  const fault = error.status >= 500 ? 'Receiver' : 'Sender';
  let inner = `${element('Type', fault)}${element('Code', error.code)}${element('Message', error.message)}`;
  for (const name of Object.keys(error.details)) inner += element(name, error.details[name]!);
  const xmlns = definition.schemas.xmlNamespace ?? '';
  return `<ErrorResponse xmlns="${escapeXml(xmlns)}"><Error>${inner}</Error>${element('RequestId', requestId)}</ErrorResponse>`;
}

/** Most shapes call it `message`, some `Message`; SDKs read both, other clients may not. */
function message(schemas: ServiceSchemas, error: AwsError): Record<string, string> {
  const shape = errorShape(schemas, error);
  const capital =
    shape !== undefined && shape.members.Message !== undefined && shape.members.message === undefined;
  return { [capital ? 'Message' : 'message']: error.message };
}

/** Lambda's error documents say who is to blame. */
function typeOf(schemas: ServiceSchemas, error: AwsError): Record<string, string> {
  if (errorShape(schemas, error)?.members.Type === undefined) return {};
  return { Type: error.status >= 500 ? 'Service' : 'User' };
}

function errorShape(schemas: ServiceSchemas, error: AwsError) {
  const shape = Object.hasOwn(schemas.shapes, error.code) ? schemas.shapes[error.code] : undefined;
  return shape?.type === 'structure' ? shape : undefined;
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * Requests to input objects and outputs to replies, driven by schema snapshots (`../gen`), for the protocols restXml,
 * restJson1, awsJson1.0, awsJson1.1 and query. Each operation is compiled to closures at its first use.
 */
import type { AwsServiceDefinition, Reply } from '../definition.ts';
import type { EncodedReply, ReplyIds } from './encode-error.ts';
import type { RequestParts } from './http-input.ts';
import { operationCodec } from './operation-codec.ts';

export { type EncodedReply, encodeError, type ReplyIds } from './encode-error.ts';
export { parseForm } from './form-decode.ts';
export type { RequestParts } from './http-input.ts';
export { createLabelReader, createRestRouter, type RestRouter, type Route } from './rest-router.ts';
export { routeQueryAction, routeTarget } from './rpc-route.ts';
export { parseDateTime, parseHttpDate } from './scalars.ts';
export { escapeXml, escapeXmlAttribute, XML_DECLARATION } from './xml-encode.ts';
export { XmlError, XmlReader } from './xml-reader.ts';

const noEntries: ReadonlyMap<string, string> = new Map();

/**
 * The input in a body of awsJson1.0 or awsJson1.1, where nothing else of a request holds any: for who has the body and no request.
 * @returns an object with the SDK's member names. @throws AwsError
 */
export function decodeJsonInput(
  definition: Pick<AwsServiceDefinition, 'protocol' | 'schemas'>,
  operation: string,
  body: Uint8Array,
): Record<string, unknown> {
  const parts = { query: noEntries, header: () => undefined, headers: noEntries, labels: {}, body };
  return operationCodec(definition, operation).decode(parts);
}

/** @returns an object with the SDK's member names; a streaming member is set only when `body` holds it. @throws AwsError */
export function decodeInput(
  definition: AwsServiceDefinition,
  operation: string,
  parts: RequestParts,
): Record<string, unknown> {
  return operationCodec(definition, operation).decode(parts);
}

/**
 * What is known of an input before its body was read: the members of path, query and headers. Bodies of REST protocols
 * only; others have everything in the body. @throws AwsError
 */
export function decodeInputHead(
  definition: AwsServiceDefinition,
  operation: string,
  parts: RequestParts,
): Record<string, unknown> {
  return operationCodec(definition, operation).decodeHead(parts);
}

export function encodeOutput(
  definition: AwsServiceDefinition,
  operation: string,
  reply: Reply<unknown>,
  ids: ReplyIds,
): EncodedReply {
  const codec = operationCodec(definition, operation);
  const output = (reply.output ?? {}) as Readonly<Record<string, unknown>>;
  const headers: Record<string, string> = {};
  codec.headers(output, headers);
  let status = reply.status ?? codec.schema.status;
  if (codec.statusMember !== undefined && reply.status === undefined) {
    status = (output[codec.statusMember] as number | undefined) ?? status;
  }
  const { body, stream } = bodyOf(
    reply,
    () => {
      const { type, body: written } = codec.body(output, ids.requestId);
      if (type !== undefined) headers['content-type'] ??= type;
      return written;
    },
    headers,
  );
  if (reply.encoded !== undefined) headers['content-type'] = reply.encoded.contentType;
  if (reply.headers !== undefined)
    for (const name in reply.headers) headers[name.toLowerCase()] = reply.headers[name]!;
  if (reply.cookies !== undefined)
    return { status, headers, body, cookies: reply.cookies, ...(stream && { stream }) };
  return stream === undefined ? { status, headers, body } : { status, headers, body, stream };
}

function bodyOf(
  reply: Reply<unknown>,
  write: () => string | Uint8Array | AsyncIterable<Uint8Array>,
  headers: Record<string, string>,
): Pick<EncodedReply, 'body' | 'stream'> {
  if (reply.encoded !== undefined) return { body: reply.encoded.body };
  if (reply.stream !== undefined) {
    const { contentLength } = reply.stream;
    if (contentLength !== undefined) headers['content-length'] = String(contentLength);
    return { body: '', stream: reply.stream };
  }
  const body = write();
  if (typeof body === 'string' || body instanceof Uint8Array) return { body };
  const contentLength = Number(headers['content-length']);
  if (!Number.isSafeInteger(contentLength)) throw new Error('a streamed member needs a content length');
  return { body: '', stream: { body, contentLength } };
}
